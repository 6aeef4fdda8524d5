import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  IsTimeZone,
  Matches,
  MaxLength,
} from 'class-validator';
import { CreateRunBody } from '../langgraph/bodies';
import { PageBody } from '../langgraph/paging';

const fiveOrSixFields = /^\S+( +\S+){4,5}$/;

export class CreateCronBody extends OmitType(CreateRunBody, [
  'command',
  'checkpoint',
  'checkpoint_id',
  'if_not_exists',
  'on_disconnect',
]) {
  @ApiProperty({ example: '0 8 * * 1-5', description: 'As cron writes it; a sixth field in front: seconds.' })
  @IsString({ message: 'text' })
  @MaxLength(128, { message: 'at most 128 characters' })
  @Matches(fiveOrSixFields, { message: 'five fields, or six with seconds, for example 0 8 * * 1-5' })
  schedule!: string;

  @ApiPropertyOptional({ example: 'Europe/Vienna' })
  @IsOptional()
  @IsTimeZone({ message: 'a time zone, for example Europe/Vienna' })
  timezone?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'a date and time (ISO 8601)' })
  end_time?: string;

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  enabled?: boolean;

  @ApiPropertyOptional({ enum: ['delete', 'keep'], default: 'delete' })
  @IsOptional()
  @IsIn(['delete', 'keep'], { message: 'delete or keep' })
  on_run_completed?: 'delete' | 'keep';
}

export class UpdateCronBody extends PartialType(CreateCronBody) {}

export class SearchCronsBody extends PageBody {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  assistant_id?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'the id of a thread' })
  thread_id?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  enabled?: boolean;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;
}
