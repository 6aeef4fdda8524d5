import type { ChatRequest } from './request';

const charactersPerToken = 4;

export interface CutText {
  readonly text: string;
  /** Whether the limit of tokens cut it. */
  readonly isCut: boolean;
}

/** What of an answer the request lets through: up to its first stop word, and no more tokens than it allows. */
export function cutText(
  text: string,
  { stop = [], maxTokens }: Pick<ChatRequest, 'stop' | 'maxTokens'>,
): CutText {
  const ends = stop.filter((word) => word !== '').map((word) => text.indexOf(word));
  const end = Math.min(text.length, ...ends.filter((at) => at >= 0));
  const most = (maxTokens ?? Infinity) * charactersPerToken;
  if (end <= most) return { text: text.slice(0, end), isCut: false };
  return { text: text.slice(0, most).toWellFormed(), isCut: true };
}
