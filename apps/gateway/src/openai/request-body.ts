import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { z } from 'zod';
import { Fits } from './part';
import { toolChoiceSchema } from './request-tools';

/** What labels a request, for the client's own use. */
export const metadataSchema = z
  .record(
    z.string().max(64, 'names of up to 64 characters'),
    z.string().max(512, 'text of up to 512 characters'),
  )
  .refine((labels) => Object.keys(labels).length <= 16, 'at most 16 labels');

/** More than any model says in one answer. */
export const mostTokens = 10_000_000;

/** What a response and a chat completion are asked alike. */
export class ModelRequestBody {
  @ApiPropertyOptional({ example: 'lumina', description: 'An agent. Otherwise the default one.' })
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  @MaxLength(128, { message: 'at most 128 characters' })
  model?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  parallel_tool_calls?: boolean;

  @ApiPropertyOptional()
  @IsOptional()
  @IsNumber({}, { message: 'a number' })
  @Min(0, { message: '0 to 2' })
  @Max(2, { message: '0 to 2' })
  temperature?: number;

  @ApiPropertyOptional()
  @IsOptional()
  @IsNumber({}, { message: 'a number' })
  @Min(0, { message: '0 to 1' })
  @Max(1, { message: '0 to 1' })
  top_p?: number;

  @ApiPropertyOptional()
  @IsOptional()
  @IsNumber({}, { message: 'a number' })
  @Min(-2, { message: '-2 to 2' })
  @Max(2, { message: '-2 to 2' })
  presence_penalty?: number;

  @ApiPropertyOptional()
  @IsOptional()
  @IsNumber({}, { message: 'a number' })
  @Min(-2, { message: '-2 to 2' })
  @Max(2, { message: '-2 to 2' })
  frequency_penalty?: number;

  @ApiPropertyOptional({ description: 'Answer with server-sent events.' })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  stream?: boolean;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @Fits(metadataSchema)
  metadata?: Record<string, string>;

  @ApiPropertyOptional({ enum: ['auto', 'default'] })
  @IsOptional()
  @IsIn(['auto', 'default'], { message: '"auto" or "default"' })
  service_tier?: string;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @Fits(toolChoiceSchema)
  tool_choice?: unknown;
}
