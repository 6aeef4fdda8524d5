import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Invocation } from './package-script';

export interface Execution {
  readonly exitCode: number;
  /** stdout and stderr as they came, the last `maxCharacters` of them. */
  readonly output: string;
}

const maxCharacters = 200_000;

/** Runs it in `cwd` with our own Node first on PATH; ends it when `signal` aborts. Never rejects. */
export function execute(
  { program, args }: Invocation,
  { cwd, env, signal }: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Execution> {
  return new Promise((resolve) => {
    const path = `${dirname(process.execPath)}:${env['PATH'] ?? ''}`;
    const child = spawn(program, [...args], {
      cwd,
      env: { ...env, PATH: path, FORCE_COLOR: '0', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    const take = (piece: Buffer): void => {
      output = (output + piece.toString('utf8')).slice(-maxCharacters);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => {
      output += `\n${error.message}`;
      resolve({ exitCode: 1, output });
    });
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
