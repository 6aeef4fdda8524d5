import { readFileSync, readdirSync } from 'node:fs';
import { syscallNumber, type Architecture } from '../seccomp/syscall-numbers';

const closeOnExec = 0o2000000;

/**
 * Descriptors that this process was started with and that every child would get, too. What Node itself opens is closed in a
 * child; what whoever started Node left open is not.
 */
export function strayDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => fd > 2 && !isClosedOnExec(fd));
}

function isClosedOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return true; // it was the one through which the folder was read
  }
}

const script =
  'my $close = 0 + shift; syscall($close, 0 + $_) for split /,/, shift; exec { $ARGV[0] } @ARGV or exit 127';

/** The command with the descriptors closed before it starts; as it is when there are none. */
export function withoutDescriptors(
  descriptors: readonly number[],
  command: readonly [string, ...string[]],
  { perl, architecture }: { readonly perl: string; readonly architecture: Architecture },
): readonly [string, ...string[]] {
  if (descriptors.length === 0) return command;
  const close = syscallNumber('close', architecture) ?? 0;
  return [perl, '-e', script, String(close), descriptors.join(','), ...command];
}
