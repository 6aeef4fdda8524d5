import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
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
import { ModelRequestBody, mostTokens } from './request-body';
import { responseToolsSchema, textFormatSchema } from './request-tools';

export const textSettingsSchema = z.looseObject({
  format: textFormatSchema.nullish(),
  verbosity: z
    .enum(['medium'], { error: '"medium", or nothing: how wordy it is, is the model\'s affair' })
    .nullish(),
});

export const reasoningSchema = z.looseObject({ effort: z.string().nullish() });

const notZero = (value: unknown): boolean => value === 0;

export class CreateResponseBody extends ModelRequestBody {
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
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(mostTokens, { message: `at most ${mostTokens}` })
  max_output_tokens?: number;

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

  @ApiPropertyOptional({ enum: ['auto', 'disabled'] })
  @IsOptional()
  @IsIn(['auto', 'disabled'], { message: '"auto" or "disabled"' })
  truncation?: 'auto' | 'disabled';

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
