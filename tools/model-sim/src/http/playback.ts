import type { ServerResponse } from 'node:http';
import { type CompletionHead, chunkWriter, completionJson, doneEvent, firstDelta } from '../chat/completion';
import type { Pace, Performance } from '../chat/performance';
import { type Reply, deltaCountOf, deltasOf } from '../chat/reply';
import { errorCodeOf, errorJson } from './openai-error';
import type { TimerWheel } from './timer-wheel';

const brokenEvent = 'data: {"choices":[{"delta":\n\n';

/** Where a performance is played to. */
export interface Stage {
  readonly response: ServerResponse;
  readonly wheel: TimerWheel;
  readonly head: CompletionHead;
  readonly isStream: boolean;
  readonly isUsageWanted: boolean;
}

export type PlaybackOutcome =
  'answered' | 'error' | 'timeout' | 'connection_rejected' | 'hung' | 'broken' | 'malformed';

/** Plays one answer. Resolves when all was sent, or when the client has gone. */
export async function play(performance: Performance, stage: Stage): Promise<PlaybackOutcome> {
  const { fault, pace } = performance;
  if (pace.beforeHeadersMs > 0) await pause(stage, pace.beforeHeadersMs);
  if (stage.response.destroyed) return 'answered';
  switch (fault.kind) {
    case 'status':
      sendStatus(stage.response, fault);
      return 'error';
    case 'timeout':
      await clientLeft(stage.response);
      return 'timeout';
    case 'reject_connection':
      stage.response.socket?.resetAndDestroy();
      return 'connection_rejected';
    default:
      await (stage.isStream ? playStream(performance, stage) : playWhole(performance, stage));
      return outcomes[fault.kind];
  }
}

const outcomes = { none: 'answered', hang: 'hung', break: 'broken', malformed: 'malformed' } as const;

function sendStatus(
  response: ServerResponse,
  fault: { status: number; message: string; retryAfterSeconds: number | undefined },
): void {
  const body = errorJson({
    status: fault.status,
    message: fault.message,
    code: errorCodeOf(fault.status),
    param: null,
  });
  response.writeHead(fault.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
  });
  response.end(body);
}

const spoilsArguments = (performance: Performance): boolean =>
  performance.fault.kind === 'malformed' && performance.fault.what === 'tool_args';

const isMalformed = (performance: Performance, what: 'chunk' | 'no_done' | 'content_type'): boolean =>
  performance.fault.kind === 'malformed' && performance.fault.what === what;

function replyOf(performance: Performance): Reply {
  if (!spoilsArguments(performance)) return performance.reply;
  const toolCalls = performance.reply.toolCalls.map((call) => ({
    ...call,
    arguments: call.arguments.slice(0, -1) + ',',
  }));
  return { ...performance.reply, toolCalls };
}

async function playWhole(performance: Performance, stage: Stage): Promise<void> {
  const { pace, fault } = performance;
  const { response } = stage;
  const reply = replyOf(performance);
  if (pace.beforeFirstTokenMs > 0 || pace.betweenTokensMs > 0) {
    const gaps = Math.max(0, deltaCountOf(reply) - 1);
    await pause(stage, pace.beforeFirstTokenMs + gaps * pace.betweenTokensMs);
  }
  const whole = completionJson(stage.head, reply);
  const body = isMalformed(performance, 'chunk') ? whole.slice(0, -2) : whole;
  response.writeHead(200, {
    'content-type': isMalformed(performance, 'content_type') ? 'text/html' : 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  if (fault.kind === 'hang' || fault.kind === 'break') {
    await write(response, body.slice(0, body.length >> 1));
    await leaveUnfinished(response, fault.kind);
  } else response.end(body);
}

async function playStream(performance: Performance, stage: Stage): Promise<void> {
  const { pace, fault } = performance;
  const { response } = stage;
  const reply = replyOf(performance);
  response.writeHead(200, {
    'content-type': isMalformed(performance, 'content_type') ? 'text/html' : 'text/event-stream',
    'cache-control': 'no-cache',
  });
  if (pace.beforeFirstTokenMs > 0) {
    response.flushHeaders();
    await pause(stage, pace.beforeFirstTokenMs);
  }
  const events = eventsOf(performance, reply, stage);
  if (fault.kind === 'hang' || fault.kind === 'break') {
    await sendPaced({ ...events, count: Math.min(fault.afterTokens, events.count) }, pace, stage);
    await leaveUnfinished(response, fault.kind);
    return;
  }
  await sendPaced(events, pace, stage);
  response.end(events.tail);
}

/** A stream's events, written out only when they leave: thousands of streams wait at once. */
interface PacedEvents {
  readonly count: number;
  text(from: number, to: number): string;
}

function eventsOf(
  performance: Performance,
  reply: Reply,
  stage: Stage,
): PacedEvents & { readonly tail: string } {
  const writer = chunkWriter(stage.head, stage.isUsageWanted);
  const deltas = deltasOf(reply);
  const spoiled = isMalformed(performance, 'chunk') ? deltas.length >> 1 : -1;
  const event = (index: number): string => {
    const role = index === 0 ? writer.delta(firstDelta) : '';
    const broken = index === spoiled ? brokenEvent : '';
    const delta = deltas[index];
    return role + broken + (delta === undefined ? '' : writer.delta(delta));
  };
  const usage = stage.isUsageWanted && reply.usage !== null ? writer.usage(reply.usage) : '';
  const done = isMalformed(performance, 'no_done') ? '' : doneEvent;
  return {
    count: Math.max(deltas.length, 1),
    text: (from, to) => {
      let text = '';
      for (let index = from; index < to; index += 1) text += event(index);
      return text;
    },
    tail: writer.finish(reply.finishReason) + usage + done,
  };
}

/** Sends event k at k × betweenTokensMs after the first; what is late goes out together, so a busy loop does not slow the stream. */
async function sendPaced(events: PacedEvents, pace: Pace, stage: Stage): Promise<void> {
  const { response, wheel } = stage;
  const { betweenTokensMs } = pace;
  const startMs = wheel.nowMs();
  for (let sent = 0; sent < events.count && !response.destroyed;) {
    const elapsed = betweenTokensMs === 0 ? events.count : (wheel.nowMs() - startMs) / betweenTokensMs;
    const due = Math.min(Math.max(sent, Math.floor(elapsed)) + 1, events.count);
    const isRoomLeft = response.write(events.text(sent, due));
    sent = due;
    if (!isRoomLeft) await drained(response);
    if (sent < events.count) await until(stage, startMs + sent * betweenTokensMs);
  }
}

async function leaveUnfinished(response: ServerResponse, how: 'hang' | 'break'): Promise<void> {
  if (how === 'break') {
    await write(response, '');
    response.destroy();
  } else {
    response.flushHeaders();
    await clientLeft(response);
  }
}

/** Resolves when the bytes have been handed to the kernel, so that a socket destroyed next still delivers them. */
const write = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) resolve();
    else
      response.write(text, () => {
        resolve();
      });
  });

const clientLeft = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once('close', resolve);
  });

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.once('drain', settle).once('close', settle);
  });

const until = (stage: Stage, atMs: number): Promise<void> =>
  new Promise((resolve) => {
    stage.wheel.schedule(atMs, resolve);
  });

const pause = (stage: Stage, delayMs: number): Promise<void> => until(stage, stage.wheel.nowMs() + delayMs);
