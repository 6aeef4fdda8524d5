import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { builtPrograms } from '../data/repository';

const knownCodes: readonly number[] = Object.values(exitCodes);
const isExitCode = (code: number | null): code is ExitCode => code !== null && knownCodes.includes(code);

export interface ToolProgram {
  /** As a person calls it: `the drill`. */
  readonly title: string;
  /** Below the folder of built programs. */
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * Runs one of the repository's tools in a process of its own and returns its exit code.
 *
 * @throws Refusal when it ends without a verdict
 */
export async function runToolProgram({ title, path, args }: ToolProgram, shell: Shell): Promise<ExitCode> {
  // With the channel the tool notices when this process is gone, and cleans up.
  const child = spawn(process.execPath, [join(builtPrograms, path), ...args], {
    cwd: shell.cwd,
    env: { ...shell.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => shell.out.write(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => shell.err.write(text));
  const stopListening = shell.onInterrupt((signal) => child.kill(signal));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (isExitCode(code)) return code;
    throw new Refusal(`${title} ended without a verdict (${String(code ?? 'killed')})`);
  } finally {
    stopListening();
  }
}
