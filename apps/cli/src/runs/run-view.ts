import type { Output } from '../command-line/shell';
import { isSimulated } from '../stack/model-choice';
import type { AskedCall, RunNews } from './frame-reading';
import { oneLine, printable } from '../command-line/printable';

/**
 * Shows a run on a terminal. Invariants:
 *
 * V1 stdout gets the final answer and nothing else. Whether words are part of it is known when their message is complete, so only a
 *    terminal, where both streams are one, shows them while they arrive.
 * V2 Whatever comes from the model or from tools is made printable first.
 */
export interface RunViewOptions {
  readonly out: Output;
  readonly err: Output;
  readonly isVerbose: boolean;
  readonly nowMs: () => number;
}

const lineCharacters = 120;

export class RunView {
  /** Of the message under way: what the terminal has seen. */
  private shown = '';
  private isMidLine = false;
  private readonly askedAtMs = new Map<string, number>();
  private model: string | undefined;

  constructor(private readonly options: RunViewOptions) {}

  /** As the answers name it. */
  get answeringModel(): string | undefined {
    return this.model;
  }

  show(news: RunNews): void {
    switch (news.kind) {
      case 'words':
        return this.words(news.text);
      case 'withdrawn':
        return this.withdrawn();
      case 'answered':
        return this.answered(news);
      case 'tool':
        return this.tool(news);
      case 'printed':
        return this.note(news.text.replace(/\n$/, '').replaceAll(/^/gm, '  │ '));
      case 'began':
        if (this.options.isVerbose) this.note(`run ${news.run} began`);
        return;
      case 'interrupted':
      case 'failed':
        return this.endLine();
    }
  }

  /** A line on stderr, beside the answer. */
  note(text: string): void {
    this.endLine();
    this.options.err.write(`${this.dimmed(printable(text))}\n`);
  }

  /** The last line. */
  close({
    thread,
    run,
    model,
  }: {
    readonly thread: string;
    readonly run: string;
    readonly model: string;
  }): void {
    const name = this.model ?? model;
    const simulated = isSimulated(name) ? ' (a simulated model answered)' : '';
    this.note(`thread ${thread} · run ${run} · model ${name}${simulated}`);
  }

  private words(text: string): void {
    if (!this.options.out.isTerminal) return;
    this.shown += text;
    this.toTerminal(printable(text));
  }

  private withdrawn(): void {
    if (this.shown !== '') this.note('(a worker stopped half-way; this answer begins again)');
    this.shown = '';
  }

  private answered({ text, calls, model }: Extract<RunNews, { kind: 'answered' }>): void {
    this.model = model ?? this.model;
    const missing = this.missingOf(text);
    this.shown = '';
    if (calls.length === 0) this.answer(missing);
    else if (missing.trim() !== '') this.note(missing.trim());
    for (const call of calls) this.call(call);
  }

  /** What the terminal has not seen of a message; all of it, where it saw something else. */
  private missingOf(text: string): string {
    if (text.startsWith(this.shown)) return text.slice(this.shown.length);
    this.endLine();
    return text;
  }

  private answer(missing: string): void {
    if (this.options.out.isTerminal) {
      this.toTerminal(printable(missing));
      this.endLine();
    } else if (missing !== '') {
      const text = printable(missing);
      this.options.out.write(text.endsWith('\n') ? text : `${text}\n`);
    }
  }

  private toTerminal(text: string): void {
    if (text === '') return;
    this.options.out.write(text);
    this.isMidLine = !text.endsWith('\n');
  }

  private call({ id, name, args }: AskedCall): void {
    this.askedAtMs.set(id, this.options.nowMs());
    const shown = typeof args === 'string' ? args : JSON.stringify(args);
    this.note(`→ ${oneLine(name, 64)} ${oneLine(shown, lineCharacters)}`);
  }

  private tool({ callId, name, text, isError }: Extract<RunNews, { kind: 'tool' }>): void {
    const askedAtMs = this.askedAtMs.get(callId);
    const took = askedAtMs === undefined ? '' : `, ${Math.round(this.options.nowMs() - askedAtMs)} ms`;
    const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
    const what = isError
      ? `failed: ${oneLine(text, lineCharacters)}`
      : `${lines} ${lines === 1 ? 'line' : 'lines'}`;
    this.note(`← ${oneLine(name, 64)} ${what}${took}`);
    if (this.options.isVerbose && !isError) this.note(text.replaceAll(/^/gm, '  '));
  }

  private endLine(): void {
    if (this.isMidLine) this.options.out.write('\n');
    this.isMidLine = false;
  }

  private dimmed(text: string): string {
    return this.options.err.hasColours ? `\u001b[2m${text}\u001b[22m` : text;
  }
}
