import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { z } from 'zod';
import { IsNotOffered } from '../bodies/run-input';
import { inputSchema } from './input-items';
import { Fits } from './part';
import { responseToolsSchema, textFormatSchema, toolChoiceSchema } from './request-tools';

/** What labels a request, for the client's own use. */
export const metadataSchema = z
  .record(
    z.string().max(64, 'names of up to 64 characters'),
    z.string().max(512, 'text of up to 512 characters'),
  )
  .refine((labels) => Object.keys(labels).length <= 16, 'at most 16 labels');

export const textSettingsSchema = z.looseObject({
  format: textFormatSchema.nullish(),
  verbosity: z
    .enum(['medium'], { error: '"medium", or nothing: how wordy it is, is the model\'s affair' })
    .nullish(),
});

export const reasoningSchema = z.looseObject({ effort: z.string().nullish() });

const notZero = (value: unknown): boolean => value === 0;

export class CreateResponseBody {
  @ApiPropertyOptional({ example: 'lumina', description: 'An agent. Otherwise the default one.' })
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  @MaxLength(128, { message: 'at most 128 characters' })
  model?: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
    example: 'Which files mention Redis?',
  })
  @Fits(inputSchema)
  input!: unknown;

  @ApiPropertyOptional({ description: "Behind the agent's own instructions, for this response alone." })
  @IsOptional()
  @IsString({ message: 'text' })
  instructions?: string;

  @ApiPropertyOptional({ description: 'The response whose conversation this one continues.' })
  @IsOptional()
  @Matches(/^resp_[0-9a-f]{32}$/, { message: 'the id of a response of this server' })
  previous_response_id?: string;

  @ApiPropertyOptional({ type: [Object], description: 'Functions that the client runs.' })
  @IsOptional()
  @Fits(responseToolsSchema)
  tools?: unknown;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @Fits(toolChoiceSchema)
  tool_choice?: unknown;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  parallel_tool_calls?: boolean;

  @ApiPropertyOptional({ type: Object, description: 'The form of the answer: text, or JSON of a schema.' })
  @IsOptional()
  @Fits(textSettingsSchema)
  text?: unknown;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @Fits(reasoningSchema)
  reasoning?: unknown;

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

  @ApiPropertyOptional()
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  max_output_tokens?: number;

  @ApiPropertyOptional({ description: 'Answer with server-sent events.' })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  stream?: boolean;

  @ApiPropertyOptional({ description: 'Answer at once; the response is there to be retrieved.' })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  background?: boolean;

  @ApiPropertyOptional({
    description: 'Whether it can be retrieved and continued. The run is kept either way.',
  })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  store?: boolean;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @Fits(metadataSchema)
  metadata?: Record<string, string>;

  @ApiPropertyOptional({ enum: ['auto', 'disabled'] })
  @IsOptional()
  @IsIn(['auto', 'disabled'], { message: '"auto" or "disabled"' })
  truncation?: 'auto' | 'disabled';

  @ApiPropertyOptional({ enum: ['auto', 'default'] })
  @IsOptional()
  @IsIn(['auto', 'default'], { message: '"auto" or "default"' })
  service_tier?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(64, { message: 'at most 64 characters' })
  safety_identifier?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(64, { message: 'at most 64 characters' })
  prompt_cache_key?: string;

  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsArray({ message: 'a list' })
  @ArrayMaxSize(8, { message: 'at most 8 entries' })
  @IsIn(['reasoning.encrypted_content'], { each: true, message: 'nothing but reasoning.encrypted_content' })
  include?: string[];

  @IsOptional()
  @IsObject({ message: 'an object' })
  stream_options?: Record<string, unknown>;

  @IsOptional()
  @Fits(z.unknown().refine(notZero, 'nothing: probabilities of tokens are not offered'))
  top_logprobs?: unknown;

  @IsOptional()
  @IsNotOffered('a limit of tool calls for one request')
  max_tool_calls?: unknown;

  @IsOptional()
  @IsNotOffered('a stored conversation; use previous_response_id')
  conversation?: unknown;

  @IsOptional()
  @IsNotOffered('a stored prompt')
  prompt?: unknown;
}
