import { spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const shownLines = 25;
const usualTimeoutMs = 900_000;

/**
 * Runs a program to its end and returns what it said on stdout.
 *
 * @throws Error with the last lines of what it said when it ends with anything but 0
 */
export function output(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { cwd, env, timeoutMs = usualTimeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      ...{ cwd, signal, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...process.env, ...env },
    });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject);
    child.once('close', (code, killed) => {
      if (code === 0) return resolve(out);
      const last = said.trimEnd().split('\n').slice(-shownLines).join('\n');
      reject(new Error(`${command} ${args[0] ?? ''} ended with ${String(code ?? killed)}:\n${last}`));
    });
  });
}
