import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { channels } from './event-filter';

const maxNamespaces = 100;

const isNamespace = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= 16 && value.every((part) => typeof part === 'string');

const AreNamespaces = (): PropertyDecorator =>
  ValidateBy({
    name: 'areNamespaces',
    validator: {
      validate: (value) => Array.isArray(value) && value.length <= maxNamespaces && value.every(isNamespace),
      defaultMessage: () => `a list of at most ${maxNamespaces} namespaces, each a list of names`,
    },
  });

export class CommandBody {
  @ApiProperty({ example: 1, description: 'Chosen by the client; the answer carries it.' })
  @IsInt({ message: 'a whole number' })
  @Min(0, { message: '0 or more' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'a number that is not that large' })
  id!: number;

  @ApiProperty({ example: 'run.start' })
  @IsString({ message: 'the name of a command' })
  method!: string;

  @ApiPropertyOptional({
    type: Object,
    example: {
      assistant_id: 'lumina',
      input: { messages: [{ role: 'user', content: 'Which files mention Redis?' }] },
    },
  })
  @IsOptional()
  @IsObject({ message: 'an object' })
  params?: Record<string, unknown>;
}

export class EventStreamBody {
  @ApiProperty({ type: [String], enum: channels, example: ['messages', 'values', 'lifecycle', 'input'] })
  @IsArray({ message: `a list of channels: ${channels.join(', ')}` })
  @ArrayMaxSize(64, { message: 'at most 64 channels' })
  @IsString({ each: true, message: `a list of channels: ${channels.join(', ')}` })
  channels!: string[];

  @ApiPropertyOptional({ type: 'array', items: { type: 'array', items: { type: 'string' } } })
  @IsOptional()
  @AreNamespaces()
  namespaces?: string[][];

  @ApiPropertyOptional()
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(0, { message: '0 or more' })
  @Max(100, { message: 'at most 100' })
  depth?: number;

  @ApiPropertyOptional({ description: 'Only what comes after this sequence.' })
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(0, { message: '0 or more' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'a number that is not that large' })
  since?: number;
}
