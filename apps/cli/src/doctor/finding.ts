import { printable } from '../command-line/printable';

/** One thing that the doctor looked at. */
export interface Finding {
  readonly what: string;
  /** `skipped`: it could not be looked at, because something before it is missing. */
  readonly state: 'well' | 'ill' | 'skipped';
  readonly detail: string;
  /** What to do; given when it is ill. */
  readonly advice?: string;
}

export const well = (what: string, detail: string): Finding => ({ what, state: 'well', detail });
export const ill = (what: string, detail: string, advice: string): Finding => ({
  what,
  state: 'ill',
  detail,
  advice,
});
export const skipped = (what: string, detail: string): Finding => ({ what, state: 'skipped', detail });

const marks = { well: '✓', ill: '✗', skipped: '–' } as const;

export function findingText({ what, state, detail, advice }: Finding): string {
  const line = `${marks[state]} ${what.padEnd(22)} ${detail}`;
  return printable(advice === undefined ? line : `${line}\n  → ${advice.replaceAll('\n', '\n    ')}`);
}
