import type { Exchange } from './conversation';

/** A tool's result, read tolerantly. */
export interface Findings {
  readonly isError: boolean;
  /** Lines that are the result itself. */
  readonly lines: readonly string[];
  /** What the tool said about its result: truncation and the like, from lines that begin with "…". */
  readonly notes: readonly string[];
}

const maxLength = 400_000;

/**
 * Takes away the marks around what others wrote, and the sentence behind them. Only the pair that bears one id and encloses the result
 * counts: what else looks like a mark belongs to the content.
 */
function unmarked(lines: readonly string[]): readonly string[] {
  const begin = lines.findIndex((line) => line.startsWith('<untrusted-content '));
  const id = / id="([\w-]+)">$/.exec(lines[begin] ?? '')?.[1];
  const end = lines.lastIndexOf(`</untrusted-content id="${id ?? ''}">`);
  if (begin < 0 || begin > 1 || end < begin) return lines;
  const after = lines.slice(end + 1).filter((line) => !line.startsWith('What stands between these marks'));
  return [...lines.slice(0, begin), ...lines.slice(begin + 1, end), ...after];
}

export function findingsOf(result: string): Findings {
  const lines = unmarked(result.slice(0, maxLength).split(/\r?\n/));
  const notes = lines.filter((line) => line.startsWith('…'));
  return {
    isError: /^\s*error\b\s*:/i.test(result),
    lines: trimBlank(lines.filter((line) => !line.startsWith('…'))),
    notes: result.length > maxLength ? [...notes, '… the rest of the result was not looked at'] : notes,
  };
}

function trimBlank(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}

export interface Match {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** `path:line: text`, one a line; context lines and anything else are left out. */
export function matchesIn(findings: Findings): Match[] {
  return findings.lines.flatMap((line) => {
    const match = /^(.+?):(\d+):\s?(.*)$/.exec(line);
    if (match === null) return [];
    return [{ path: match[1] ?? '', line: Number(match[2]), text: match[3] ?? '' }];
  });
}

/** Paths, one a line. A line that reads like a sentence ("No files match.") is none. */
export function pathsIn(findings: Findings): string[] {
  return findings.lines.map((line) => line.trim()).filter((line) => line !== '' && !isSentence(line));
}

const isSentence = (line: string): boolean =>
  /^(?:no|nothing|0)\b.*\b(?:found|match(?:es|ed)?|files?|results?|entries)\b/i.test(line) ||
  /^\(.*\)$/.test(line);

/** Entries of a listing or a search: folders end in "/", links in " -> …", files may in two spaces and a size. */
export function entriesIn(findings: Findings): { readonly name: string; readonly isFolder: boolean }[] {
  return pathsIn(findings).map((line) => {
    const name = line.replace(/ {2,}\S.*$/, '').replace(/ -> .*$/, '');
    return { name, isFolder: name.endsWith('/') };
  });
}

const filesIn = (findings: Findings): string[] =>
  entriesIn(findings).flatMap((entry) => (entry.isFolder ? [] : [entry.name]));

const pathArguments = ['path', 'file_path', 'filepath', 'filename', 'file', 'directory', 'dir', 'folder'];

function pathArgument(exchange: Exchange): string | undefined {
  const found = pathArguments.map((name) => exchange.args[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : undefined;
}

/** Files that a grep, find, list or read of earlier showed, in their order. */
export function filesShownBy(exchange: Exchange, kind: 'grep' | 'find' | 'list' | 'read'): string[] {
  const findings = findingsOf(exchange.result ?? '');
  if (exchange.result === null || findings.isError) return [];
  const path = pathArgument(exchange);
  switch (kind) {
    case 'grep':
      return [...new Set(matchesIn(findings).map((match) => match.path))];
    case 'find':
      return filesIn(findings);
    case 'list':
      return filesIn(findings).map((name) =>
        path === undefined || path === '.' ? name : `${path.replace(/\/+$/, '')}/${name}`,
      );
    case 'read':
      return path === undefined ? [] : [path];
  }
}
