import type { Shell } from '../command-line/shell';
import type { RunNews } from './frame-reading';
import type { RunFrame } from './run-frames';
import { printable } from '../command-line/printable';
import { RunView } from './run-view';

export type RunOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | Extract<RunNews, { kind: 'interrupted' }>;

export interface WatchOptions {
  readonly thread: string;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
}

/** Watches one run: shows it, for people or for programs, and remembers how it ended. */
export class RunWatch {
  outcome: RunOutcome = { kind: 'succeeded' };
  run: string | undefined;
  private readonly view: RunView;
  private hasToldOfBreak = false;

  constructor(
    private readonly options: WatchOptions,
    private readonly shell: Shell,
  ) {
    const { out, err } = shell;
    this.view = new RunView({ out, err, isVerbose: options.isVerbose, nowMs: () => performance.now() });
  }

  see({ event, data }: RunFrame, news: readonly RunNews[]): void {
    this.hasToldOfBreak = false;
    if (this.options.isJson) this.shell.out.write(`${JSON.stringify({ event, data })}\n`);
    for (const item of news) {
      this.remember(item);
      if (!this.options.isJson) this.view.show(item);
    }
  }

  /** What the run waited for is settled. */
  goesOn(): void {
    this.outcome = { kind: 'succeeded' };
  }

  /** The connection broke; said once until something is heard again. */
  broke(reason: string): void {
    if (!this.hasToldOfBreak) this.note(`the connection to the gateway broke (${reason}): trying again`);
    this.hasToldOfBreak = true;
  }

  /** Something for the person, whatever the form of the output. */
  say(text: string): void {
    this.shell.err.write(`lumina: ${printable(text)}\n`);
  }

  close(model: string): void {
    if (this.options.isJson) return;
    this.view.close({ thread: this.options.thread, run: this.run ?? '-', model });
  }

  private note(text: string): void {
    if (this.options.isJson) this.say(text);
    else this.view.note(text);
  }

  private remember(news: RunNews): void {
    if (news.kind === 'began') this.run = news.run;
    else if (news.kind === 'failed' || news.kind === 'interrupted') this.outcome = news;
  }
}
