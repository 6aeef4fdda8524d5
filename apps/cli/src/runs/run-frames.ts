import type { IncomingMessage } from 'node:http';
import { exchange, textOf } from '../gateway/http-exchange';
import { delay } from '../processes/delay';
import { type Problem, readProblem } from './problem';
import { type SseFrame, SseReader } from './sse-reader';

/**
 * One run, asked for and then followed to its end. Invariants:
 *
 * R1 The run is created at most once: every attempt carries the same idempotency key.
 * R2 Frames arrive in order and none twice: a broken stream is taken up again behind the last frame that was seen.
 * R3 It ends with an `end` frame, with a problem, or with `lost` when the gateway could not be reached for `patienceMs`.
 */
export interface RunRequest {
  readonly gatewayUrl: string;
  readonly apiKey: string;
  readonly thread: string;
  readonly agent: string | undefined;
  readonly task: string;
  readonly idempotencyKey: string;
  /** Where an earlier look at the run ended; it is taken up there. */
  readonly from?: Seen | undefined;
  /** How long to go on trying without hearing anything, in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** The connection broke: it is being made again. */
  readonly onBreak: (reason: string) => void;
}

export interface RunFrame {
  readonly event: string;
  /** The parsed JSON. */
  readonly data: unknown;
}

/** How far a run has been followed. */
export interface Seen {
  readonly run: string | undefined;
  readonly lastId: string | undefined;
}

export type RunEnding =
  | { readonly kind: 'ended'; readonly seen: Seen }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'left' };

const modes = ['updates', 'messages-tuple', 'custom'] as const;
/** Several heartbeats of the gateway. */
const silenceMs = 30_000;
const retryEveryMs = 250;

/** Where in the run's stream we are. */
interface Position {
  run: string | undefined;
  lastId: string | undefined;
  heardAtMs: number;
}

export async function* followRun(request: RunRequest): AsyncGenerator<RunFrame, RunEnding> {
  const { run, lastId } = request.from ?? { run: undefined, lastId: undefined };
  const position: Position = { run, lastId, heardAtMs: performance.now() };
  for (;;) {
    let reason: string;
    try {
      const response = await ask(request, position);
      const problem = await problemIn(response);
      if (problem !== undefined && !isPassing(problem)) return { kind: 'refused', problem };
      reason = problem?.message ?? (yield* framesOf(response, position)) ?? '';
      if (reason === '') return { kind: 'ended', seen: { run: position.run, lastId: position.lastId } };
    } catch (error) {
      reason = (error as Error).message;
    }
    if (request.signal.aborted) return { kind: 'left' };
    if (performance.now() - position.heardAtMs > request.patienceMs) return { kind: 'lost', reason };
    request.onBreak(reason);
    await delay(retryEveryMs, request.signal);
  }
}

function ask(request: RunRequest, { run, lastId }: Position): Promise<IncomingMessage> {
  const { gatewayUrl, apiKey, thread, agent, task, idempotencyKey, signal } = request;
  const headers = { 'x-api-key': apiKey, accept: 'text/event-stream' };
  const runs = `${gatewayUrl}/threads/${encodeURIComponent(thread)}/runs`;
  if (run !== undefined) {
    const cursor = { ...headers, 'last-event-id': lastId ?? '-1' };
    const url = `${runs}/${encodeURIComponent(run)}/stream?stream_mode=${modes.join(',')}`;
    return exchange(url, { headers: cursor, timeoutMs: silenceMs, signal });
  }
  const body = {
    ...(agent !== undefined && { assistant_id: agent }),
    input: { messages: [{ role: 'user', content: task }] },
    stream_mode: modes,
    if_not_exists: 'create',
  };
  const once = { ...headers, 'idempotency-key': idempotencyKey };
  return exchange(`${runs}/stream`, { method: 'POST', headers: once, body, timeoutMs: silenceMs, signal });
}

async function problemIn(response: IncomingMessage): Promise<Problem | undefined> {
  const status = response.statusCode ?? 0;
  return status === 200 ? undefined : readProblem(status, await textOf(response));
}

/** The gateway is starting, stopping or waiting for Redis: the same request may succeed in a moment. */
const isPassing = ({ status }: Problem): boolean => status === 502 || status === 503 || status === 504;

/** Yields what arrives; returns why the stream ended before the run did, or undefined when the run has ended. */
async function* framesOf(
  response: IncomingMessage,
  position: Position,
): AsyncGenerator<RunFrame, string | undefined> {
  position.run ??= /\/runs\/([^/]+)/.exec(response.headers['content-location'] ?? '')?.[1];
  const reader = new SseReader();
  for await (const piece of response as AsyncIterable<Buffer>) {
    for (const frame of reader.push(piece)) {
      const data = parsed(frame);
      // Only frames of the run have a place in it; an error without one is the gateway's own.
      if (frame.event === 'error' && !frame.hasOwnId) return gatewayError(data);
      position.heardAtMs = performance.now();
      if (frame.hasOwnId) position.lastId = frame.id;
      if (frame.event === 'metadata') position.run ??= runIn(data);
      yield { event: frame.event, data };
      if (frame.event === 'end') return undefined;
    }
  }
  return 'the stream ended before the run did';
}

function parsed({ data }: SseFrame): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new Error('a frame of the stream is not JSON');
  }
}

function runIn(data: unknown): string | undefined {
  const { run_id: run } = (data ?? {}) as { run_id?: unknown };
  return typeof run === 'string' ? run : undefined;
}

function gatewayError(data: unknown): string {
  const { error, message } = (data ?? {}) as { error?: unknown; message?: unknown };
  return [error, message].filter((part) => typeof part === 'string').join(': ') || 'the gateway failed';
}
