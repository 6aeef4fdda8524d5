import type { ChatRequest, ChatToolCall } from './request';

export const finishReasons = ['stop', 'tool_calls', 'length', 'content_filter'] as const;
export type FinishReason = (typeof finishReasons)[number];

/** Tokens, counted or estimated. */
export interface ReplyUsage {
  readonly prompt: number;
  readonly completion: number;
}

/** One turn of the model, whole. */
export interface Reply {
  /** The `model` that the answer names. */
  readonly model: string;
  readonly text: string;
  readonly toolCalls: readonly ChatToolCall[];
  /** Null: the answer leaves it null. */
  readonly finishReason: FinishReason | null;
  /** Null: the answer tells none. */
  readonly usage: ReplyUsage | null;
}

const charactersPerToken = 4;
const argumentPieceLength = 24;

/** Splits into pieces of about a word that join to exactly the same text; never inside a surrogate pair. */
export const wordsOf = (text: string): string[] => text.match(/\s*\S{1,32}|\s+$/gu) ?? [];

const piecesOf = (text: string): string[] =>
  text.match(new RegExp(`[^]{1,${String(argumentPieceLength)}}`, 'gu')) ?? [];

/** The `delta` objects of a streamed reply as JSON text: one per word, then each call's head and its arguments in pieces. */
export function deltasOf(reply: Reply): readonly string[] {
  const words = textDeltas(reply.text);
  return reply.toolCalls.length === 0 ? words : [...words, ...reply.toolCalls.flatMap(callDeltas)];
}

const maxKeptTexts = 32;
const keptDeltas = new Map<string, readonly string[]>();

/** Kept for the latest texts: a load test streams the same one a thousand times. */
function textDeltas(text: string): readonly string[] {
  const known = keptDeltas.get(text);
  if (known !== undefined) return known;
  const deltas = wordsOf(text).map((word) => `{"content":${JSON.stringify(word)}}`);
  const [oldest] = keptDeltas.keys();
  if (keptDeltas.size >= maxKeptTexts && oldest !== undefined) keptDeltas.delete(oldest);
  keptDeltas.set(text, deltas);
  return deltas;
}

function callDeltas(call: ChatToolCall, index: number): string[] {
  const head = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
  const pieces = piecesOf(call.arguments).map((piece) => ({ index, function: { arguments: piece } }));
  return [head, ...pieces].map((delta) => JSON.stringify({ tool_calls: [delta] }));
}

/** How many deltas `deltasOf` gives, without building them. */
export function deltaCountOf(reply: Reply): number {
  const calls = reply.toolCalls.map((call) => 1 + piecesOf(call.arguments).length);
  return wordsOf(reply.text).length + calls.reduce((sum, count) => sum + count, 0);
}

const tokensOf = (characters: number): number => Math.ceil(characters / charactersPerToken);

const callCharacters = (calls: readonly ChatToolCall[]): number =>
  calls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);

/** Usage by characters / 4, as nothing here counts real tokens. */
export function estimateUsage(
  request: ChatRequest,
  reply: { readonly text: string; readonly toolCalls: readonly ChatToolCall[] },
): ReplyUsage {
  const prompt = request.messages.reduce((sum, m) => sum + m.text.length + callCharacters(m.toolCalls), 0);
  return {
    prompt: tokensOf(prompt),
    completion: tokensOf(reply.text.length + callCharacters(reply.toolCalls)),
  };
}
