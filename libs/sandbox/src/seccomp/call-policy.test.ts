import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { runFilter } from '../testing/bpf-machine';
import { bpfBytes, bpfProgram } from './bpf-program';
import { type CallProfile, callRules } from './call-policy';
import { type Syscall, architectures, syscallNumber, syscalls } from './syscall-numbers';

const namespaces: CallProfile = { confinedBy: 'namespaces', chmod: 'allowed', signals: 'allowed' };
const landlock: CallProfile = { confinedBy: 'landlock', chmod: 'pretended', signals: 'refused' };
const audit = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;

function verdict(profile: CallProfile, call: Syscall, ...args: readonly number[]): string {
  const number = syscallNumber(call, 'x64') ?? -1;
  const program = bpfProgram(callRules(profile), 'x64');
  const attempt = { number, auditArchitecture: audit.x64, arguments: args.map(BigInt) };
  return text(runFilter(program, attempt));
}

const text = (answer: number): string => {
  if (answer === 0x7fff_0000) return 'allowed';
  if (answer === 0x8000_0000) return 'killed';
  return `errno ${answer & 0xffff}`;
};

describe('the filter', () => {
  it.each(architectures)('fits the kernel, with each call named once (%s)', (architecture) => {
    for (const profile of [namespaces, landlock]) {
      const named = callRules(profile).flatMap(({ calls }) => calls);
      expect(new Set(named).size).toBe(named.length);
      const program = bpfProgram(callRules(profile), architecture);
      expect(program.length).toBeLessThan(4_096);
      expect(bpfBytes(program).length).toBe(program.length * 8);
    }
  });

  it('kills for the calls of another architecture, and knows none with 32-bit pointers', () => {
    const program = bpfProgram(callRules(namespaces), 'x64');
    expect(text(runFilter(program, { number: 0, auditArchitecture: 0x4000_0003 }))).toBe('killed');
    expect(text(runFilter(program, { number: 0x4000_0000, auditArchitecture: audit.x64 }))).toBe('errno 38');
  });

  it('knows nothing that is not named, however new', () => {
    const program = bpfProgram(callRules(namespaces), 'x64');
    const unknown = Array.from({ length: 600 }, (_, index) => 453 + index);
    const answers = new Set(
      unknown.map((number) => text(runFilter(program, { number, auditArchitecture: audit.x64 }))),
    );
    expect([...answers]).toEqual(['errno 38']);
  });

  it('looks at arguments as the kernel does: their lower 32 bits', () => {
    const program = bpfProgram(callRules(namespaces), 'x64');
    const number = syscallNumber('ioctl', 'x64') ?? 0;
    const asked = (request: bigint) =>
      text(runFilter(program, { number, auditArchitecture: audit.x64, arguments: [0n, request] }));
    expect(asked(0x5401n)).toBe('allowed');
    expect(asked(0x5412n)).toBe('errno 25');
    expect(asked(0xffff_ffff_0000_5412n)).toBe('errno 25');
  });
});

describe('what is allowed and what is not', () => {
  it.each<[string, CallProfile, Syscall, readonly number[]]>([
    ['allowed', namespaces, 'openat', [-100, 0, 0o101, 0o755]],
    ['errno 1', namespaces, 'openat', [-100, 0, 0o101, 0o4755]],
    ['errno 1', namespaces, 'openat', [-100, 0, 0x41_0002, 0o2755]],
    ['allowed', namespaces, 'openat', [-100, 0, 0, 0o6777]],
    ['allowed', namespaces, 'clone', [0x0001_0f00]],
    ['errno 1', namespaces, 'clone', [0x1000_0011]],
    ['errno 1', namespaces, 'clone', [0x0002_0000]],
    ['allowed', namespaces, 'socket', [2, 1, 0]],
    ['errno 97', namespaces, 'socket', [40, 1, 0]],
    ['errno 97', landlock, 'socket', [1, 1, 0]],
    ['allowed', landlock, 'socketpair', [1, 0x8_0001, 0]],
    ['errno 97', landlock, 'socketpair', [1, 2, 0]],
    ['allowed', namespaces, 'chmod', [0, 0o755]],
    ['errno 1', namespaces, 'chmod', [0, 0o4755]],
    ['errno 0', landlock, 'chmod', [0, 0o777]],
    ['allowed', namespaces, 'utimensat', []],
    ['errno 0', landlock, 'utimensat', []],
    ['allowed', namespaces, 'kill', [1, 9]],
    ['errno 1', landlock, 'kill', [1, 9]],
    ['allowed', namespaces, 'prlimit64', [0, 7]],
    ['errno 1', namespaces, 'prlimit64', [4711, 7]],
    ['errno 1', namespaces, 'fcntl', [1, 8, 4711]],
    ['allowed', namespaces, 'fcntl', [1, 4, 0]],
    ['errno 0', namespaces, 'setsid', []],
    ['errno 38', namespaces, 'io_uring_setup', [1]],
    ['errno 1', namespaces, 'ptrace', [0]],
    ['errno 22', namespaces, 'prctl', [35]],
  ])('%s', (expected, profile, call, args) => {
    expect(`${call}: ${verdict(profile, call, ...args)}`).toBe(`${call}: ${expected}`);
  });
});

describe('the numbers', () => {
  it('are unique within an architecture', () => {
    for (const architecture of architectures) {
      const numbers = syscalls.flatMap((name) => syscallNumber(name, architecture) ?? []);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  // Where the headers are not installed there is nothing to compare with; the numbers themselves never change.
  it('are those of the headers of this system', () => {
    const header = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
    const lines = existsSync(header)
      ? readFileSync(header, 'utf8').matchAll(/#define __NR_(\w+) (\d+)/g)
      : [];
    const known = new Map([...lines].map(([, name = '', number]) => [name, Number(number)]));
    const differing = syscalls.filter(
      (name) => known.has(name) && known.get(name) !== syscallNumber(name, 'x64'),
    );
    expect(differing).toEqual([]);
  });
});

describe('a rule', () => {
  it('must end, and be short enough to jump over', () => {
    const open = {
      calls: ['read'],
      clauses: [{ when: [{ argument: 0, value: 1 }], verdict: 'allow' }],
    } as const;
    expect(() => bpfProgram([open], 'x64')).toThrow('has no end');
    const clause = { when: [{ argument: 0, value: 1 }], verdict: 'allow' } as const;
    const long = {
      calls: ['read'],
      clauses: [...Array.from({ length: 100 }, () => clause), { when: [], verdict: 'allow' }],
    } as const;
    expect(() => bpfProgram([long], 'x64')).toThrow('too long');
  });
});
