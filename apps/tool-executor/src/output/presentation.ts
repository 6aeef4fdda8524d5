import type { Scrubber } from '@lumina/platform';
import type { Tool, ToolFailure, ToolResult } from '../tool';
import { cutText, formatCount } from '../workspace/printable';
import type { Keeping } from './kept-output';
import { untrusted } from './untrusted';

/**
 * What becomes of a tool's result before anybody sees it. Invariants:
 *
 * O1 Secrets are taken out first: before the cache, the journal, the events, the log and the files that are kept see it.
 * O2 What others wrote stands between marks that nothing inside can close; it is cut inside of them (untrusted.ts).
 * O3 No result is longer than `maxCharacters` and what is said about it. The rest is kept in the workspace where there is room, and
 *    the model is told where, or that it is gone and why.
 */
export interface Presenting {
  readonly tool: Pick<Tool, 'name' | 'quotes' | 'howToGetTheRest' | 'showsEnd' | 'maxOutputCharacters'>;
  /** Keeps the whole of what is too long. */
  readonly keep: (text: string) => Promise<Keeping>;
  /** Longest content in UTF-16 units. */
  readonly maxCharacters?: number;
}

const defaultMaxCharacters = 64 * 1024;

/** O1. A failure's cause is for the log, which scrubs by itself. */
export function scrubbed(
  result: ToolResult,
  scrubber: Scrubber,
  onSecrets: (removed: number) => void,
): ToolResult {
  const isError = result.kind === 'error';
  const { text, removed } = scrubber.scrub((isError ? result.message : result.content).toWellFormed());
  if (removed > 0) onSecrets(removed);
  const whole = removed === 0 || isError ? text : `${text}\n${removedRemark(removed)}`;
  return isError ? { ...result, message: whole } : { ...result, content: whole };
}

const removedRemark = (removed: number): string =>
  `… ${removed === 1 ? 'a secret was' : `${formatCount(removed)} secrets were`} taken out and replaced by "[removed: …]"; do not write a file back from this`;

/** O2 and O3, of what has been scrubbed. */
export async function presented(result: ToolResult, presenting: Presenting): Promise<ToolResult> {
  if (result.kind === 'error') return presentedFailure(result, presenting);
  return { ...result, content: await shown(result.content, presenting) };
}

async function presentedFailure(result: ToolFailure, presenting: Presenting): Promise<ToolFailure> {
  const { message } = result;
  const end = message.indexOf('\n');
  if (end < 0)
    return { ...result, message: cutText(message, presenting.maxCharacters ?? defaultMaxCharacters) };
  return {
    ...result,
    message: `${message.slice(0, end)}\n${await shown(message.slice(end + 1), presenting, 'error')}`,
  };
}

async function shown(
  text: string,
  { tool, keep, maxCharacters = tool.maxOutputCharacters ?? defaultMaxCharacters }: Presenting,
  of: 'result' | 'error' = 'result',
): Promise<string> {
  const { quotes } = tool;
  const isQuoted = quotes !== undefined && (of === 'error' || quotes.what === 'all');
  const { part, remark } =
    text.length <= maxCharacters
      ? { part: text, remark: undefined }
      : await partOf(text, maxCharacters, { tool, keep });
  const body = isQuoted
    ? untrusted({ source: quotes.source, content: part, maxCharacters: Infinity, hidden: 'show' })
    : part;
  return remark === undefined ? body : `${body}\n${remark}`;
}

async function partOf(
  text: string,
  maxCharacters: number,
  { tool, keep }: Pick<Presenting, 'tool' | 'keep'>,
): Promise<{ readonly part: string; readonly remark: string }> {
  const keeping = keep(text);
  const { part, shownCharacters } = cut(text, maxCharacters, tool.showsEnd === true);
  const counts = `${formatCount(shownCharacters)} of ${formatCount(text.length)} characters shown`;
  return { part, remark: `… truncated: ${counts}; ${restRemark(await keeping, tool)}` };
}

function restRemark(kept: Keeping, { howToGetTheRest }: Presenting['tool']): string {
  const narrower = howToGetTheRest ?? 'ask for less at a time to see the rest';
  switch (kept.kind) {
    case 'kept':
      return `all of it is in the file ${kept.path}: read parts of it with read_file, or ${narrower}`;
    case 'full':
      return `the rest is gone, because ${kept.reason}; ${narrower}`;
    case 'not_kept':
      return narrower;
  }
}

function cut(
  text: string,
  maxCharacters: number,
  showsEnd: boolean,
): { readonly part: string; readonly shownCharacters: number } {
  if (!showsEnd) {
    const part = cutText(text, maxCharacters);
    return { part, shownCharacters: part.length };
  }
  const head = cutText(text, Math.ceil((maxCharacters * 3) / 4));
  const tail = text.slice(text.length - Math.floor(maxCharacters / 4)).toWellFormed();
  const left = text.length - head.length - tail.length;
  return {
    part: `${head}\n… ${formatCount(left)} characters left out here …\n${tail}`,
    shownCharacters: head.length + tail.length,
  };
}
