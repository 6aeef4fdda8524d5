import type { LinePattern } from './line-pattern';
import type { Entry, OpenDirectory } from './open-directory';
import { type OpenFile, isBinary } from './open-file';
import { orderedMap } from './ordered-map';
import { formatBytes, plural, printableName, withRemarks } from './printable';
import { type FoundLine, type TextFindings, searchText } from './text-search';
import { TimeSlice } from './time-slice';
import { type Visit, countFailure, newTally, tallyRemarks, walkTree } from './tree-walk';

/** Searching the files of a directory tree. Files are read side by side; results come in the order of the walk. */
export interface TreeSearchOptions {
  readonly pattern: LinePattern;
  /** Path of the start as it is shown: "" for the root of the workspace. */
  readonly base: string;
  /** Whether to search a file, by its path from the start. */
  readonly includes: (path: string) => boolean;
  readonly maxMatches: number;
  readonly contextLines: number;
  readonly includeIgnored: boolean;
  readonly signal: AbortSignal;
}

const maxFileBytes = 4 * 1024 * 1024;
const maxOutputCharacters = 60_000;
const parallelFiles = 8;

type FileFindings =
  | { readonly kind: 'searched'; readonly findings: TextFindings }
  | { readonly kind: 'binary' }
  | { readonly kind: 'large' }
  | { readonly kind: 'failed'; readonly error: unknown };

const nothing: TextFindings = { lines: [], matches: 0, longLines: 0 };

export class TreeSearch {
  readonly #lines: string[] = [];
  readonly #slice: TimeSlice;
  #tally = newTally();
  #characters = 0;
  #matches = 0;
  #isFull = false;
  #searched = 0;
  #binary = 0;
  #large = 0;
  #longLines = 0;

  constructor(private readonly options: TreeSearchOptions) {
    this.#slice = new TimeSlice(options.signal);
  }

  async searchFile(file: OpenFile): Promise<void> {
    this.#take(await this.#findIn(file), this.options.base);
  }

  async searchDirectory(start: OpenDirectory): Promise<void> {
    const { signal, includeIgnored } = this.options;
    const failures = this.#tally;
    const tally = await walkTree(start, { signal, includeIgnored }, (visit) => this.#searchVisit(visit));
    tally.unreadable += failures.unreadable;
    tally.vanished += failures.vanished;
    this.#tally = tally;
  }

  /** The matches, then what was searched and left out. */
  report(): string {
    const { options } = this;
    const remarks: readonly [boolean, string][] = [
      [this.#matches === 0, `no match in ${plural(this.#searched, 'file')}`],
      [
        this.#isFull,
        `stopped at ${plural(this.#matches, 'match', 'matches')}, there may be more; narrow the search`,
      ],
      [this.#binary > 0, `${plural(this.#binary, 'binary file')} skipped`],
      [this.#large > 0, `${plural(this.#large, 'file')} over ${formatBytes(maxFileBytes)} skipped`],
      [
        this.#longLines > 0,
        `${plural(this.#longLines, 'line')} searched only in the first ${options.pattern.maxLineCharacters} characters`,
      ],
    ];
    const said = remarks.filter(([applies]) => applies).map(([, remark]) => remark);
    return withRemarks(this.#lines, [...said, ...tallyRemarks(this.#tally)]);
  }

  async #searchVisit({ directory, path, entries }: Visit): Promise<boolean> {
    const pathOf = (entry: Entry): string => (path === '' ? entry.name : `${path}/${entry.name}`);
    const files = entries.filter(
      (entry) => entry.kind === 'file' && entry.isNameValid && this.options.includes(pathOf(entry)),
    );
    const { base } = this.options;
    await orderedMap(
      files,
      (entry) => this.#findInEntry(directory, entry),
      (found, entry) => this.#take(found, base === '' ? pathOf(entry) : `${base}/${pathOf(entry)}`),
      parallelFiles,
    );
    return !this.#isFull;
  }

  async #findInEntry(directory: OpenDirectory, entry: Entry): Promise<FileFindings> {
    this.options.signal.throwIfAborted();
    return directory
      .withFile(entry, (file) => this.#findIn(file))
      .catch((error: unknown): FileFindings => ({ kind: 'failed', error }));
  }

  async #findIn(file: OpenFile): Promise<FileFindings> {
    const { pattern, contextLines, signal } = this.options;
    const maxMatches = this.options.maxMatches + 1; // one more tells that there are more
    const bytes = await file.bytes(maxFileBytes, signal);
    if (bytes === undefined) return { kind: 'large' };
    if (isBinary(bytes)) return { kind: 'binary' };
    if (pattern.needle && !bytes.includes(pattern.needle)) return { kind: 'searched', findings: nothing };
    if (this.#slice.isDue) await this.#slice.pause();
    const text = bytes.toString('utf8').replace(/^\ufeff/, '');
    return {
      kind: 'searched',
      findings: await searchText(text, { pattern, contextLines, maxMatches, slice: this.#slice }),
    };
  }

  /** Answers false when no more is wanted. */
  #take(found: FileFindings, path: string): boolean {
    if (found.kind === 'failed') countFailure(this.#tally, found.error);
    else if (found.kind === 'binary') this.#binary++;
    else if (found.kind === 'large') this.#large++;
    else {
      this.#searched++;
      this.#longLines += found.findings.longLines;
      this.#addLines(found.findings.lines, printableName(path));
    }
    return !this.#isFull;
  }

  #addLines(lines: readonly FoundLine[], path: string): void {
    let previous: number | undefined;
    for (const { line, isMatch, text } of lines) {
      if (this.#matches >= this.options.maxMatches && isMatch) this.#isFull = true;
      if (this.#characters > maxOutputCharacters) this.#isFull = true;
      if (this.#isFull) return;
      if (this.options.contextLines > 0 && this.#lines.length > 0 && line - 1 !== previous) this.#add('--');
      this.#add(isMatch ? `${path}:${line}: ${text}` : `${path}-${line}- ${text}`);
      if (isMatch) this.#matches++;
      previous = line;
    }
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length + 1;
  }
}
