import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, IsUUID, MaxLength, ValidateBy } from 'class-validator';
import { IsNotOffered, IsRunInput } from '../bodies/run-input';
import { type StreamMode, streamModes } from './projection';

const isMode = (value: unknown): value is StreamMode => streamModes.some((mode) => mode === value);

/** One mode or several; LangGraph's `messages` differs in form from `messages-tuple` and is not offered. */
const IsStreamMode = (): PropertyDecorator =>
  ValidateBy({
    name: 'isStreamMode',
    validator: {
      validate: (value) => (Array.isArray(value) ? value.every(isMode) : isMode(value)),
      defaultMessage: () => `one or several of ${streamModes.join(', ')}`,
    },
  });

export class CreateThreadBody {
  @ApiPropertyOptional({ format: 'uuid', description: 'Chosen by the client; otherwise made here.' })
  @IsOptional()
  @IsUUID('all', { message: 'a UUID' })
  thread_id?: string;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: ['raise', 'do_nothing'], default: 'raise' })
  @IsOptional()
  @IsIn(['raise', 'do_nothing'], { message: 'raise or do_nothing' })
  if_exists?: 'raise' | 'do_nothing';
}

export class CreateRunBody {
  @ApiPropertyOptional({ description: 'An agent, by name or id. Otherwise the default agent.' })
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  @MaxLength(128, { message: 'at most 128 characters' })
  assistant_id?: string;

  @ApiProperty({
    type: Object,
    example: { messages: [{ role: 'user', content: 'Which files mention Redis?' }] },
  })
  @IsRunInput()
  input!: unknown;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: streamModes, isArray: true, default: ['values'] })
  @IsOptional()
  @IsStreamMode()
  stream_mode?: StreamMode | StreamMode[];

  @ApiPropertyOptional({ enum: ['reject', 'enqueue'], default: 'enqueue' })
  @IsOptional()
  @IsIn(['reject', 'enqueue'], { message: 'reject or enqueue' })
  multitask_strategy?: 'reject' | 'enqueue';

  @ApiPropertyOptional({ enum: ['create', 'reject'], default: 'reject' })
  @IsOptional()
  @IsIn(['create', 'reject'], { message: 'create or reject' })
  if_not_exists?: 'create' | 'reject';

  @IsNotOffered('resuming with a command')
  command?: unknown;

  @IsNotOffered('running from a checkpoint')
  checkpoint?: unknown;

  @IsNotOffered('running from a checkpoint')
  checkpoint_id?: unknown;

  @IsNotOffered('interrupting before a node')
  interrupt_before?: unknown;

  @IsNotOffered('interrupting after a node')
  interrupt_after?: unknown;

  @IsNotOffered('calling a webhook')
  webhook?: unknown;

  @IsNotOffered('starting later')
  after_seconds?: unknown;
}

export function modesOf({ stream_mode: given }: CreateRunBody): ReadonlySet<StreamMode> {
  if (given === undefined) return new Set(['values']);
  return new Set(Array.isArray(given) ? given : [given]);
}
