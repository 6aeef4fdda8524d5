import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Sandbox,
  type SandboxLimits,
  type SandboxOutcome,
  type SandboxSpec,
  defaultLimits,
} from '../sandbox';
import { type Architecture, type Syscall, syscallNumber } from '../seccomp/syscall-numbers';
import { probeScript } from './probe-script';

/** Calls that lead out of a sandbox, or into the kernel's less trodden parts, with arguments that would work or be looked at. */
const refusedCalls: readonly (readonly [Syscall, ...number[]])[] = [
  ['ptrace', 0],
  ['mount', 0, 0, 0, 0x1000, 0],
  ['unshare', 0x1000_0000],
  ['unshare', 0x0002_0000],
  ['setns', 0, 0],
  ['bpf', 0, 0, 0],
  ['io_uring_setup', 1, 0],
  ['userfaultfd', 0],
  ['perf_event_open', 0, 0, 0, 0, 0],
  ['keyctl', 0, 0xffff_fffd, 0],
  ['process_vm_readv', 1, 0, 0, 0, 0, 0],
  ['memfd_create', 0, 0],
  ['clone3', 0, 0],
];

export interface SelfTestOptions {
  readonly perl: string;
  readonly architecture: Architecture;
}

interface Surroundings {
  readonly folder: string;
  readonly workspace: string;
  readonly canary: string;
  readonly tcpPort: number;
  readonly abstractName: string;
  readonly reached: () => number;
}

const limits: SandboxLimits = { ...defaultLimits, wallMs: 5_000, memoryBytes: 48 * 1024 ** 2 };
const selfTestTimeoutMs = 15_000;
/** Longer than a child takes from one tick to the next, on a busy machine. */
const outlivingMs = 200;

/**
 * Attacks a sandbox and answers what did not hold, empty when everything did. What it tries: reading and writing outside, other
 * processes, the network, calls into the kernel, the environment, descriptors, more memory than allowed, and outliving its end.
 */
export async function selfTest(sandbox: Sandbox, options: SelfTestOptions): Promise<readonly string[]> {
  const servers = [createServer((socket) => socket.end()), createServer((socket) => socket.end())] as const;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lumina-self-test-')));
  try {
    const surroundings = await surround(folder, servers);
    const faults = await Promise.all([
      outward(sandbox, surroundings, options),
      beyondMemory(sandbox, surroundings, options),
      beyondTime(sandbox, surroundings, options),
      beyondProcesses(sandbox, surroundings, options),
    ]);
    return faults.flat();
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function surround(folder: string, [tcp, unix]: readonly [Server, Server]): Promise<Surroundings> {
  const workspace = join(folder, 'workspace');
  const canary = join(folder, 'canary');
  const abstractName = `lumina-${randomUUID()}`;
  await mkdir(workspace);
  await writeFile(canary, 'canary\n');
  let connections = 0;
  for (const server of [tcp, unix]) server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => unix.listen(`\0${abstractName}`, resolve));
  const tcpPort = (tcp.address() as AddressInfo).port;
  return { folder, workspace, canary, tcpPort, abstractName, reached: () => connections };
}

function orders(surroundings: Surroundings, { architecture }: SelfTestOptions): readonly string[] {
  const { canary, folder, tcpPort, abstractName } = surroundings;
  const calls = refusedCalls.flatMap(([name, ...args]) => {
    const number = syscallNumber(name, architecture);
    return number === undefined ? [] : [[`calling ${name}`, 'syscall', [number, ...args].join(',')]];
  });
  return [
    ['writing in the workspace', 'must-write', 'self-test'],
    ['reading a file outside', 'read', canary],
    ['writing a file outside', 'write', canary],
    ['making a file outside', 'write', join(folder, 'made')],
    ['listing a folder outside', 'list', folder],
    ["reading another process's environment", 'read', `/proc/${process.pid}/environ`],
    ["reading init's environment", 'read', '/proc/1/environ'],
    ['seeing processes', 'list', '/proc'],
    ['signalling another process', 'signal', String(process.pid)],
    ['connecting to the loopback', 'tcp', String(tcpPort)],
    ['connecting to an abstract socket', 'abstract', abstractName],
    ['finding variables', 'environment', 'PATH,HOME,TMPDIR,LANG,PWD'],
    ['finding open descriptors', 'descriptors'],
    ...calls,
  ].map((order) => order.join('\t'));
}

interface Subject {
  readonly sandbox: Sandbox;
  readonly surroundings: Surroundings;
}

const program = (
  { sandbox, surroundings }: Subject,
  argv: readonly [string, ...string[]],
  changes: Partial<Pick<SandboxSpec, 'stdin' | 'limits'>> = {},
): Promise<SandboxOutcome> =>
  sandbox.run(
    { argv, limits, workspace: { path: surroundings.workspace }, ...changes },
    AbortSignal.timeout(selfTestTimeoutMs),
  );

const endText = ({ end, stderr }: SandboxOutcome): string =>
  end.kind === 'not_started' ? end.reason : `${JSON.stringify(end)} ${stderr.head.toString('utf8')}`.trim();

async function outward(
  sandbox: Sandbox,
  surroundings: Surroundings,
  options: SelfTestOptions,
): Promise<readonly string[]> {
  const lines = orders(surroundings, options);
  const argv = [options.perl, '-e', probeScript] as const;
  const outcome = await program({ sandbox, surroundings }, argv, { stdin: `${lines.join('\n')}\n` });
  const answers = outcome.stdout.head.toString('utf8').split('\n');
  const isDone = outcome.end.kind === 'exited' && outcome.end.exitCode === 0;
  if (!isDone || answers.length !== lines.length + 1) return [`no program runs: ${endText(outcome)}`];
  const broken = answers.filter((answer) => /: (BROKEN|FAILED)$/.test(answer));
  const canary = await readFile(surroundings.canary, 'utf8');
  const isUntouched = canary === 'canary\n' && surroundings.reached() === 0;
  return [...broken, ...(isUntouched ? [] : ['something outside was changed or reached'])];
}

async function beyondMemory(
  sandbox: Sandbox,
  surroundings: Surroundings,
  { perl }: SelfTestOptions,
): Promise<readonly string[]> {
  const script = 'my @kept; while (1) { push @kept, "x" x 1_000_000 }';
  const outcome = await program({ sandbox, surroundings }, [perl, '-e', script]);
  // On a busy machine the kernel's limit for one process may come before the watch over all of them.
  const isRefused = outcome.stderr.head.toString('utf8').startsWith('Out of memory');
  const isHeld = isRefused || (outcome.end.kind === 'limit' && outcome.end.limit === 'memory');
  return isHeld ? [] : [`more memory than allowed: ${endText(outcome)}`];
}

/** The kernel must say no by itself: whoever only looks and then ends is slower than a fork bomb. Bounded, should it not. */
async function beyondProcesses(
  sandbox: Sandbox,
  surroundings: Surroundings,
  { perl }: SelfTestOptions,
): Promise<readonly string[]> {
  const script =
    'for my $n (1 .. 60) { my $p = fork(); if (!defined $p) { print "refused"; exit } if (!$p) { sleep 3; exit } }';
  const few = { ...limits, processes: 20 };
  const outcome = await program({ sandbox, surroundings }, [perl, '-e', script], { limits: few });
  const isHeld = outcome.stdout.head.toString('utf8') === 'refused';
  return isHeld ? [] : [`more processes than allowed: ${endText(outcome)}`];
}

/** The program leaves a child in a session of its own that writes and writes; it must have stopped when the run has ended. */
async function beyondTime(
  sandbox: Sandbox,
  surroundings: Surroundings,
  { perl }: SelfTestOptions,
): Promise<readonly string[]> {
  const script = [
    'use POSIX; $| = 1; if (fork() == 0) { POSIX::setsid();',
    'while (1) { open(my $f, ">>", "ticks"); print $f "x"; close $f; select(undef, undef, undef, 0.01) } }',
    'print "left"',
  ].join('\n');
  const outcome = await program({ sandbox, surroundings }, [perl, '-e', script]);
  const isRun = outcome.end.kind === 'exited' && outcome.stdout.head.toString('utf8') === 'left';
  if (!isRun) return [`leaving a process behind: ${endText(outcome)}`];
  const ticks = (): Promise<string> =>
    readFile(join(surroundings.workspace, 'ticks'), 'utf8').catch(() => '');
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, outlivingMs));
  return (await ticks()) === before ? [] : ['a process outlived its program'];
}
