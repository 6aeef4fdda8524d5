import { randomUUID } from 'node:crypto';
import type { Usage } from '@lumina/contracts';
import type {
  FinishReason,
  ModelClient,
  ModelErrorCode,
  ModelObserver,
  ModelOutcome,
  ModelRequest,
} from './model-client';

export interface ScriptedAnswer {
  /** Shown piece by piece; a string is one piece. */
  readonly text?: string | readonly string[];
  readonly toolCalls?: readonly {
    readonly name: string;
    readonly args: Record<string, unknown> | null;
    readonly malformed?: string;
    readonly id?: string;
  }[];
  readonly usage?: Usage;
  readonly costUsd?: number;
  readonly finishReason?: FinishReason;
  /** Shown first and then made void by a restart. */
  readonly discarded?: string;
}

export type ScriptedTurn =
  | ScriptedAnswer
  | { readonly fails: ModelErrorCode; readonly message?: string }
  /** Shows the text and then waits for the signal. */
  | { readonly hangsAfter: string };

export type ScriptedTurns = readonly (ScriptedTurn | ((request: ModelRequest) => ScriptedTurn))[];

export interface ScriptedModelClient extends ModelClient {
  /** What was asked, in order. */
  readonly asked: readonly { readonly chain: readonly string[]; readonly request: ModelRequest }[];
}

function untilAborted(signal: AbortSignal): Promise<ModelOutcome> {
  return new Promise((resolve) => {
    const onAbort = (): void => {
      resolve({ kind: 'aborted' });
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function answered(turn: ScriptedAnswer, model: string, content: string): ModelOutcome {
  const toolCalls = (turn.toolCalls ?? []).map(({ id, ...call }) => ({
    id: id ?? `call_${randomUUID()}`,
    ...call,
  }));
  return {
    kind: 'answered',
    answer: {
      message: { content, toolCalls },
      usage: turn.usage ?? { inputTokens: 10, outputTokens: 5 },
      finishReason: turn.finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
      model,
      durationMs: 0,
      timeToFirstTokenMs: 0,
      costUsd: turn.costUsd ?? 0,
      isPriceKnown: true,
      isUsageEstimated: false,
      attempts: 1,
      parts: [],
    },
  };
}

async function play(
  turn: ScriptedTurn,
  model: string,
  observer: ModelObserver,
  signal: AbortSignal,
): Promise<ModelOutcome> {
  if ('fails' in turn) {
    return {
      kind: 'failed',
      code: turn.fails,
      message: turn.message ?? `${model} fails as told`,
      attempts: 1,
    };
  }
  if ('hangsAfter' in turn) {
    if (turn.hangsAfter !== '') observer.onText(turn.hangsAfter);
    return untilAborted(signal);
  }
  if (turn.discarded !== undefined) {
    observer.onText(turn.discarded);
    observer.onRestart('the script says so');
  }
  const pieces = typeof turn.text === 'string' ? [turn.text] : (turn.text ?? []);
  for (const piece of pieces) {
    await Promise.resolve();
    if (signal.aborted) return { kind: 'aborted' };
    observer.onText(piece);
  }
  return answered(turn, model, pieces.join(''));
}

/** The port without a network: plays one turn a question, in order, whichever model of the chain comes first. */
export function scriptedModelClient(turns: ScriptedTurns): ScriptedModelClient {
  const asked: { chain: readonly string[]; request: ModelRequest }[] = [];
  return {
    asked,
    answer: async (chain, request, observer, signal) => {
      const [model] = chain;
      if (model === undefined) throw new Error('a chain names at least one model');
      if (signal.aborted) return { kind: 'aborted' };
      const turn = turns[asked.length];
      asked.push({ chain, request });
      if (turn === undefined) throw new Error(`the script has no turn ${String(asked.length)}`);
      return play(typeof turn === 'function' ? turn(request) : turn, model, observer, signal);
    },
  };
}
