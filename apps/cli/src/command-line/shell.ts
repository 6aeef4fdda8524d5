/** What a command sees of the world it was called from. */
export interface Shell {
  /** Variables of the caller; never changed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths on the command line are meant from. */
  readonly cwd: string;
  readonly out: Output;
  readonly err: Output;
  /** Asks the person at the terminal; undefined where there is none. Resolves with undefined at the end of input. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  /** Calls back on each Ctrl-C, SIGTERM or SIGHUP until the returned function is called. */
  readonly onInterrupt: (listener: (signal: NodeJS.Signals) => void) => () => void;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** A terminal, and the user has not asked for plain text. */
  readonly hasColours: boolean;
}

const interruptSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Plain text where the stream is no terminal, or NO_COLOR or TERM=dumb ask for it. */
export function outputOf(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  env: Shell['env'],
): Output {
  // A reader that has gone (`lumina status | head -1`) is no fault of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTerminal = stream.isTTY ?? false;
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return { write: (text) => void stream.write(text), isTerminal, hasColours: isTerminal && !isPlain };
}

async function askTerminal(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}

export function shellOfProcess(): Shell {
  return {
    env: process.env,
    cwd: process.cwd(),
    out: outputOf(process.stdout, process.env),
    err: outputOf(process.stderr, process.env),
    ask: process.stdin.isTTY ? askTerminal : undefined,
    onInterrupt(listener) {
      for (const signal of interruptSignals) process.on(signal, listener);
      return () => {
        for (const signal of interruptSignals) process.off(signal, listener);
      };
    },
  };
}
