import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Performance, atOnce } from '../chat/performance';
import { cutText } from '../chat/cut';
import { estimateUsage } from '../chat/reply';
import { type ChatRequest, parseChatRequest } from '../chat/request';
import { compromisedModel, obedientTurn } from '../compromised/obedient-turn';
import { nextTurn } from '../planner/next-turn';
import type { ScenarioBook } from '../scenario/book';
import { type AttemptCounter, type Casting, cast } from '../scenario/cast';
import { performanceOf } from '../scenario/script';
import { readBody } from './body';
import { type OpenAiError, errorJson } from './openai-error';
import { play } from './playback';
import type { RequestRecord } from './request-log';
import type { TimerWheel } from './timer-wheel';

export const simulatedModel = 'simulated';

/** What answers share within one server. */
export interface CompletionContext {
  readonly book: ScenarioBook;
  readonly attempts: AttemptCounter;
  readonly wheel: TimerWheel;
}

const maxBodyBytes = 32 * 1024 * 1024;

export function sendError(response: ServerResponse, error: OpenAiError): void {
  if (response.headersSent || response.destroyed) return;
  const body = errorJson(error);
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** `POST /v1/chat/completions`. Tells `record` what the request was and what became of it. */
export async function complete(
  request: IncomingMessage,
  response: ServerResponse,
  context: CompletionContext,
  record: RequestRecord,
): Promise<void> {
  const asked = await readRequest(request);
  if (asked.kind === 'aborted') return;
  if (asked.kind === 'refused') {
    record.outcome = 'invalid_request';
    if (asked.error.status === 413) response.setHeader('connection', 'close');
    sendError(response, asked.error);
    return;
  }
  describe(record, asked.request);
  const casting = cast(context.book, asked.request, headerOf(request), context.attempts);
  noteCasting(record, casting);
  if (casting.kind === 'refused') {
    record.outcome = 'invalid_request';
    sendError(response, { status: 400, message: casting.message, code: 'scenario', param: null });
    return;
  }
  const performance = prepare(asked.request, casting, record.id);
  record.outcome = 'in_flight';
  const created = Math.floor(Date.now() / 1000);
  const outcome = await play(performance, {
    response,
    wheel: context.wheel,
    head: { id: `chatcmpl-${record.id}`, created, model: performance.reply.model },
    isStream: asked.request.isStream,
    isUsageWanted: asked.request.isUsageWanted,
  });
  // A record with a duration has been closed: the client left while the playback slept.
  if (record.durationMs === null) record.outcome = outcome;
}

type Asked =
  | { readonly kind: 'ok'; readonly request: ChatRequest }
  | { readonly kind: 'refused'; readonly error: OpenAiError }
  | { readonly kind: 'aborted' };

const refused = (status: number, message: string, param: string | null = null): Asked => ({
  kind: 'refused',
  error: { status, message, code: 'invalid_request', param },
});

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const body = await readBody(request, maxBodyBytes);
  if (body.kind === 'aborted') return body;
  if (body.kind === 'too_large') return refused(413, `the body is larger than ${String(maxBodyBytes)} bytes`);
  let content: unknown;
  try {
    content = JSON.parse(body.text);
  } catch {
    return refused(400, 'the body is not JSON');
  }
  const parsed = parseChatRequest(content);
  return parsed.kind === 'ok' ? parsed : refused(400, parsed.message, parsed.param);
}

function headerOf(request: IncomingMessage): string | null {
  const named = request.headers['x-sim-scenario'];
  return typeof named === 'string' && named !== '' ? named : null;
}

function describe(record: RequestRecord, request: ChatRequest): void {
  record.model = request.model;
  record.stream = request.isStream;
  record.messages = request.messages.length;
  record.tools = request.tools.map((tool) => tool.name);
}

function noteCasting(record: RequestRecord, casting: Casting): void {
  record.scenario = casting.kind === 'builtin' ? 'builtin' : nameOf(casting);
  if (casting.kind !== 'scripted') return;
  record.turn = casting.turn;
  record.attempt = casting.attempt;
}

const nameOf = (casting: Exclude<Casting, { kind: 'builtin' }>): string =>
  casting.kind === 'scripted' ? casting.scenario.name : casting.scenario;

function prepare(
  request: ChatRequest,
  casting: Exclude<Casting, { kind: 'refused' }>,
  requestId: string,
): Performance {
  const callId = (index: number): string => `call_${requestId}_${String(index)}`;
  if (casting.kind === 'scripted') {
    const model = casting.scenario.model ?? simulatedModel;
    return performanceOf(casting.response, request, model, callId);
  }
  return improvise(request, callId);
}

function improvise(request: ChatRequest, callId: (index: number) => string): Performance {
  const isCompromised = request.model === compromisedModel;
  const turn = isCompromised ? obedientTurn(request) : nextTurn(request);
  const { text, isCut } = cutText(turn.kind === 'answer' ? turn.text : '', request);
  const toolCalls =
    turn.kind === 'answer'
      ? []
      : turn.calls.map(({ name, args }, index) => ({
          id: callId(index),
          name,
          arguments: JSON.stringify(args),
        }));
  return {
    reply: {
      model: isCompromised ? compromisedModel : simulatedModel,
      text,
      toolCalls,
      finishReason: toolCalls.length > 0 ? 'tool_calls' : isCut ? 'length' : 'stop',
      usage: estimateUsage(request, { text, toolCalls }),
    },
    pace: atOnce,
    fault: { kind: 'none' },
  };
}
