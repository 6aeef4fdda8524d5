import type { Output, Shell } from './shell';

/** A shell in memory, for tests: what was written can be read, and interrupts are sent by hand. */
export interface FakeShell extends Shell {
  readonly written: { out: string; err: string };
  interrupt(signal?: NodeJS.Signals): void;
}

export interface FakeShellOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
  readonly ask?: (question: string) => Promise<string | undefined>;
}

export function fakeShell({
  env = {},
  cwd = '/',
  isTerminal = false,
  ask,
}: FakeShellOptions = {}): FakeShell {
  const written = { out: '', err: '' };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const output = (name: keyof typeof written): Output => ({
    write: (text) => {
      written[name] += text;
    },
    isTerminal,
    hasColours: isTerminal,
  });
  return {
    env,
    cwd,
    out: output('out'),
    err: output('err'),
    ask,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    written,
    interrupt: (signal = 'SIGINT') => {
      for (const listener of [...listeners]) listener(signal);
    },
  };
}
