import type { Fault, Pace, Performance } from '../chat/performance';
import { type FinishReason, type ReplyUsage, estimateUsage } from '../chat/reply';
import type { ChatRequest, ChatToolCall } from '../chat/request';
import { lastUserMessage } from './cast';
import type { ResponseFields } from './schema';

/** @param callId id of the k-th tool call, for those that the script gives none */
export function performanceOf(
  fields: ResponseFields,
  request: ChatRequest,
  model: string,
  callId: (index: number) => string,
): Performance {
  const text =
    fields.tokens === undefined ? filled(fields.text ?? '', request) : generatedWords(fields.tokens);
  const toolCalls = (fields.tool_calls ?? []).map((call, index): ChatToolCall => ({
    id: call.id ?? callId(index),
    name: call.name,
    arguments: typeof call.args === 'string' ? call.args : JSON.stringify(filledDeep(call.args, request)),
  }));
  return {
    reply: {
      model,
      text,
      toolCalls,
      finishReason: finishOf(fields),
      usage: usageOf(fields, request, { text, toolCalls }),
    },
    pace: paceOf(fields),
    fault: faultOf(fields),
  };
}

function finishOf(fields: ResponseFields): FinishReason | null {
  if (fields.finish_reason !== undefined) return fields.finish_reason;
  return (fields.tool_calls ?? []).length > 0 ? 'tool_calls' : 'stop';
}

function usageOf(
  fields: ResponseFields,
  request: ChatRequest,
  said: { readonly text: string; readonly toolCalls: readonly ChatToolCall[] },
): ReplyUsage | null {
  if (fields.usage === 'none') return null;
  if (fields.usage !== undefined) return fields.usage;
  const estimate = estimateUsage(request, said);
  return fields.tokens === undefined ? estimate : { ...estimate, completion: fields.tokens };
}

function paceOf(fields: ResponseFields): Pace {
  const perSecond = fields.tokens_per_second;
  return {
    beforeHeadersMs: fields.before_headers_ms,
    beforeFirstTokenMs: fields.before_first_token_ms,
    betweenTokensMs: perSecond === undefined ? (fields.between_tokens_ms ?? 0) : 1000 / perSecond,
  };
}

function faultOf(fields: ResponseFields): Fault {
  if (fields.status !== undefined) {
    return {
      kind: 'status',
      status: fields.status,
      message: fields.message ?? `scripted ${String(fields.status)}`,
      retryAfterSeconds: fields.retry_after,
    };
  }
  if (fields.timeout) return { kind: 'timeout' };
  if (fields.reject_connection) return { kind: 'reject_connection' };
  if (fields.hang_after_tokens !== undefined) return { kind: 'hang', afterTokens: fields.hang_after_tokens };
  if (fields.break_after_tokens !== undefined)
    return { kind: 'break', afterTokens: fields.break_after_tokens };
  return fields.malformed === undefined ? { kind: 'none' } : { kind: 'malformed', what: fields.malformed };
}

const vocabulary = ['the', 'run', 'goes', 'on', 'while', 'each', 'step', 'is', 'kept', 'in', 'order'];
const generated = new Map<number, string>();

/** `count` words, one token each; kept, because a load test asks for the same number again and again. */
function generatedWords(count: number): string {
  const known = generated.get(count);
  if (known !== undefined) return known;
  const words = Array.from({ length: count }, (_, index) => vocabulary[index % vocabulary.length]).join(' ');
  if (generated.size < 100) generated.set(count, words);
  return words;
}

/** One pass, so that what a tool or a person said is never itself filled in. */
function filled(text: string, request: ChatRequest): string {
  if (!text.includes('{{')) return text;
  return text.replace(/\{\{\s*(last_tool_result|last_user_message)\s*\}\}/g, (_, name: string) =>
    name === 'last_user_message'
      ? lastUserMessage(request)
      : (request.messages.findLast((message) => message.role === 'tool')?.text ?? ''),
  );
}

function filledDeep(value: unknown, request: ChatRequest): unknown {
  if (typeof value === 'string') return filled(value, request);
  if (Array.isArray(value)) return value.map((item) => filledDeep(item, request));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledDeep(item, request)]));
}
