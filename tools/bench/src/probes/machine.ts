import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { programs } from '@lumina/testbed';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
}

export function machine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    kernel: release(),
  };
}

/** Of what is measured; `unknown` where nobody can tell. */
export function versions(): Readonly<Record<string, string>> {
  return {
    node: process.version,
    redis: /v=(\S+)/.exec(told('redis-server', ['--version']))?.[1] ?? 'unknown',
    lumina:
      told('git', ['-C', programs, 'describe', '--always', '--dirty', '--abbrev=12']).trim() || 'unknown',
  };
}

function told(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
