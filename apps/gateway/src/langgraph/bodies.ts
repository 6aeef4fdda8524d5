import { LuminaError } from '@lumina/contracts';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { IsNotOffered, IsRunInput } from '../bodies/run-input';
import { IsWebhook } from '../webhooks/webhook-url';
import { IsMetadata } from './metadata';
import { type StreamMode, isStreamMode, streamModes } from './stream-modes';

/** What happens to a run that is under way in the thread when another comes. */
export const multitaskStrategies = ['reject', 'enqueue', 'interrupt', 'rollback'] as const;

/** One mode or several. */
const IsStreamMode = (): PropertyDecorator =>
  ValidateBy({
    name: 'isStreamMode',
    validator: {
      validate: (value) => (Array.isArray(value) ? value.every(isStreamMode) : isStreamMode(value)),
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
  @IsMetadata()
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: ['raise', 'do_nothing'], default: 'raise' })
  @IsOptional()
  @IsIn(['raise', 'do_nothing'], { message: 'raise or do_nothing' })
  if_exists?: 'raise' | 'do_nothing';

  @IsNotOffered('a life time of a thread')
  ttl?: unknown;

  @IsNotOffered('beginning with a history')
  supersteps?: unknown;
}

export class CheckpointBody {
  @ApiPropertyOptional({ type: Object, description: 'The checkpoint; otherwise the latest.' })
  @IsOptional()
  @IsObject({ message: 'an object with checkpoint_id' })
  checkpoint?: { readonly checkpoint_id?: unknown };

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'the id of a checkpoint' })
  checkpoint_id?: string;

  @ApiPropertyOptional({ type: [String], description: 'Only these parts, for example values.messages.' })
  @IsOptional()
  @IsString({ each: true, message: 'a list of parts of a state' })
  select?: string[];
}

export class CreateRunBody {
  @ApiPropertyOptional({ description: 'An agent, by name or id. Otherwise the default agent.' })
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  @MaxLength(128, { message: 'at most 128 characters' })
  assistant_id?: string;

  @ApiPropertyOptional({
    type: Object,
    example: { messages: [{ role: 'user', content: 'Which files mention Redis?' }] },
    description: 'What is said to the agent. Needed unless a command resumes the thread.',
  })
  @ValidateIf((body: CreateRunBody) => body.input !== undefined || body.command === undefined)
  @IsRunInput()
  input?: unknown;

  @ApiPropertyOptional({
    type: Object,
    description:
      'Decisions about the tool calls that wait for a person: {"resume": {"decisions": [{"type": "approve"}]}}.',
  })
  @IsOptional()
  @IsObject({ message: 'an object' })
  command?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'A checkpoint of the thread to begin from.' })
  @IsOptional()
  @IsString({ message: 'the id of a checkpoint' })
  checkpoint_id?: string;

  @ApiPropertyOptional({ type: Object, description: 'The same, as the API hands it out.' })
  @IsOptional()
  @IsObject({ message: 'an object with checkpoint_id' })
  checkpoint?: { readonly checkpoint_id?: unknown };

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: streamModes, isArray: true, default: ['values'] })
  @IsOptional()
  @IsStreamMode()
  stream_mode?: StreamMode | StreamMode[];

  @ApiPropertyOptional({ enum: multitaskStrategies, default: 'enqueue' })
  @IsOptional()
  @IsIn(multitaskStrategies, { message: `one of ${multitaskStrategies.join(', ')}` })
  multitask_strategy?: (typeof multitaskStrategies)[number];

  @ApiPropertyOptional({ enum: ['create', 'reject'], default: 'reject' })
  @IsOptional()
  @IsIn(['create', 'reject'], { message: 'create or reject' })
  if_not_exists?: 'create' | 'reject';

  @IsNotOffered('interrupting before a node')
  interrupt_before?: unknown;

  @IsNotOffered('interrupting after a node')
  interrupt_after?: unknown;

  @ApiPropertyOptional({
    description: 'Told when the run has ended, by a POST that is signed as Standard Webhooks says.',
  })
  @IsOptional()
  @IsWebhook()
  webhook?: string;

  @ApiPropertyOptional({
    enum: ['delete', 'keep'],
    description: 'Whether the thread of a run without one is removed after its end, or kept.',
  })
  @IsOptional()
  @IsIn(['delete', 'keep'], { message: 'delete or keep' })
  on_completion?: 'delete' | 'keep';

  @ApiPropertyOptional({
    enum: ['cancel', 'continue'],
    default: 'continue',
    description: 'What becomes of the run when whoever watches it leaves.',
  })
  @IsOptional()
  @IsIn(['cancel', 'continue'], { message: 'cancel or continue' })
  on_disconnect?: 'cancel' | 'continue';

  @IsNotOffered('starting later')
  after_seconds?: unknown;
}

export class UpdateStateBody extends CheckpointBody {
  @ApiPropertyOptional({ type: Object, example: { messages: [{ role: 'user', content: '…' }] } })
  @IsOptional()
  @IsObject({ message: 'an object with messages' })
  values?: Record<string, unknown>;
}

export class HistoryBody {
  @ApiPropertyOptional({ default: 10 })
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(1_000, { message: 'at most 1000' })
  limit?: number;

  @ApiPropertyOptional({ type: Object, description: 'Only checkpoints before this one.' })
  @IsOptional()
  before?: unknown;

  @ApiPropertyOptional({ type: Object, description: 'Only states whose metadata holds this.' })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ type: [String], description: 'Only these parts, for example values.messages.' })
  @IsOptional()
  @IsString({ each: true, message: 'a list of parts of a state' })
  select?: string[];
}

/** The checkpoint that a body names, in either of the two ways. */
export function checkpointIdIn(
  body: Pick<CreateRunBody, 'checkpoint' | 'checkpoint_id'>,
): string | undefined {
  const id = body.checkpoint_id ?? body.checkpoint?.checkpoint_id;
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'string') return id;
  const fields = [{ field: 'checkpoint.checkpoint_id', expected: 'the id of a checkpoint' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'The checkpoint cannot be read.', { fields });
}

export function modesOf({ stream_mode: given }: CreateRunBody): ReadonlySet<StreamMode> {
  if (given === undefined) return new Set(['values']);
  return new Set(Array.isArray(given) ? given : [given]);
}
