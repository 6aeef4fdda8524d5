import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { z } from 'zod';
import { IsNotOffered } from '../bodies/run-input';
import { messagesSchema } from './chat-messages';
import { Fits } from './part';
import { chatToolsSchema, responseFormatSchema } from './request-tools';
import { ModelRequestBody, mostTokens } from './request-body';

export const stopSchema = z.union([z.string().transform((word) => [word]), z.array(z.string()).max(4)], {
  error: 'text, or a list of up to 4 texts',
});

export const streamOptionsSchema = z.looseObject({ include_usage: z.boolean().nullish() });

const nothing = (what: string): z.ZodType =>
  z.unknown().refine((value) => value === false || value === 0, `nothing: ${what}`);

export class CreateChatCompletionBody extends ModelRequestBody {
  @ApiProperty({ type: [Object], example: [{ role: 'user', content: 'Which files mention Redis?' }] })
  @Fits(messagesSchema)
  messages!: unknown;

  @ApiPropertyOptional({ type: [Object], description: 'Functions that the client runs.' })
  @IsOptional()
  @Fits(chatToolsSchema)
  tools?: unknown;

  @ApiPropertyOptional({ type: Object, description: 'The form of the answer: text, or JSON of a schema.' })
  @IsOptional()
  @Fits(responseFormatSchema)
  response_format?: unknown;

  @ApiPropertyOptional()
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(Number.MIN_SAFE_INTEGER, { message: 'a number that is not that small' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'a number that is not that large' })
  seed?: number;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  @IsOptional()
  @Fits(stopSchema)
  stop?: unknown;

  @ApiPropertyOptional()
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(mostTokens, { message: `at most ${mostTokens}` })
  max_completion_tokens?: number;

  @ApiPropertyOptional({ description: 'The older name of max_completion_tokens.' })
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(mostTokens, { message: `at most ${mostTokens}` })
  max_tokens?: number;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(16, { message: 'at most 16 characters' })
  reasoning_effort?: string;

  @ApiPropertyOptional({ type: Object, description: 'Where it is streamed: {"include_usage": true}.' })
  @IsOptional()
  @Fits(streamOptionsSchema)
  stream_options?: unknown;

  @IsOptional()
  @IsIn([1], { message: '1: one answer' })
  n?: number;

  @IsOptional()
  @Fits(nothing('probabilities of tokens are not offered'))
  logprobs?: unknown;

  @IsOptional()
  @Fits(nothing('probabilities of tokens are not offered'))
  top_logprobs?: unknown;

  @IsOptional()
  @IsIn(['text'], { each: true, message: 'nothing but text' })
  modalities?: string[];

  @IsOptional()
  @IsNotOffered('sound')
  audio?: unknown;

  @IsOptional()
  @IsNotOffered('the older way to name functions; use tools')
  functions?: unknown;

  @IsOptional()
  @IsNotOffered('the older way to choose a function; use tool_choice')
  function_call?: unknown;

  @IsOptional()
  @IsNotOffered('a bias of tokens')
  logit_bias?: unknown;

  @IsOptional()
  @IsNotOffered("the web search of OpenAI's own models")
  web_search_options?: unknown;

  @IsOptional()
  @IsNotOffered('a predicted answer')
  prediction?: unknown;
}
