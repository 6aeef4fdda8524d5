import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfinedProcess, statusFd } from '../process/confined-process';
import { type PidsCgroup, insideCgroup, pidsCgroups } from '../process/pids-cgroup';
import type { ProcessTable } from '../process/process-table';
import { resourceLimits } from '../process/resource-limits';
import type { Sandbox, SandboxOutcome, SandboxSpec } from '../sandbox';
import { bpfBytes, bpfProgram } from '../seccomp/bpf-program';
import { withoutDescriptors } from '../process/stray-descriptors';
import { callRules } from '../seccomp/call-policy';
import type { Architecture } from '../seccomp/syscall-numbers';
import { bubblewrapArguments, proxyInside, secretArguments } from './arguments';
import { behindForwarder, forwarderProcesses } from './forwarder';
import { type Skeleton, makeSkeleton } from './skeleton';

export interface BubblewrapPrograms {
  readonly bwrap: string;
  readonly prlimit: string;
  readonly perl: string;
}

export interface BubblewrapOptions {
  readonly programs: BubblewrapPrograms;
  readonly architecture: Architecture;
  readonly isRoot: boolean;
  readonly table: ProcessTable;
  /** The compiled launcher, if there is one. */
  readonly launcher: string | undefined;
  /** Descriptors that a child must not get; see stray-descriptors.ts. */
  readonly strays: readonly number[];
}

const kill = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
};

const firstFd = 3;
/** bubblewrap itself and its init. */
const bubblewrapProcesses = 2;
const emptyWithinMs = 500;

const forwardersOf = ({ network }: SandboxSpec): number =>
  network?.kind === 'proxy' ? forwarderProcesses : 0;

/**
 * What keeps the number of processes and threads. The kernel does so itself in a user namespace, but never for root. For root it is the
 * launcher, which the kernel asks for each new one; without it a cgroup, which takes the kernel some ten milliseconds to enter.
 */
type ProcessCap =
  | { readonly kind: 'rlimit' }
  | { readonly kind: 'gate'; readonly launcher: string }
  | { readonly kind: 'cgroup'; readonly make: (limit: number) => PidsCgroup };

function processCap({ isRoot, launcher }: BubblewrapOptions): ProcessCap {
  if (!isRoot) return { kind: 'rlimit' };
  if (launcher !== undefined) return { kind: 'gate', launcher };
  const make = pidsCgroups(`lumina-${randomUUID()}`);
  if (make !== undefined) return { kind: 'cgroup', make };
  throw new Error(
    "nothing here can count root's processes: run as another user, install a C compiler and build again, or make /sys/fs/cgroup writable",
  );
}

/** The last processes leave a group a moment after they have ended. */
async function removeWhenEmpty(group: PidsCgroup): Promise<void> {
  const until = performance.now() + emptyWithinMs;
  for (;;)
    try {
      return group.remove();
    } catch (error) {
      if (performance.now() > until) throw error;
      await delay(2);
    }
}

/**
 * Namespaces by bubblewrap, system calls by seccomp, resources by rlimits and a watch. The program's process is a child of the init of
 * its own PID namespace: when that is killed, the kernel kills all that is left.
 */
export class BubblewrapSandbox implements Sandbox {
  readonly tier = 'bubblewrap';
  readonly hasProxy = true;

  private constructor(
    private readonly options: BubblewrapOptions,
    private readonly skeleton: Skeleton,
    private readonly filterFile: string,
    private readonly cap: ProcessCap,
  ) {}

  /** @throws Error when nothing here could bound the number of processes */
  static async open(options: BubblewrapOptions): Promise<BubblewrapSandbox> {
    const cap = processCap(options);
    const skeleton = await makeSkeleton(options.isRoot);
    const rules = callRules({
      confinedBy: 'namespaces',
      chmod: skeleton.areDevicesOwned ? 'pretended' : 'allowed',
      signals: 'allowed',
    });
    const filter = bpfBytes(bpfProgram(rules, options.architecture));
    return new BubblewrapSandbox(options, skeleton, await skeleton.write('filter', filter), cap);
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxOutcome> {
    const own = bubblewrapProcesses + forwardersOf(spec);
    const limit = spec.limits.processes + own;
    const group = this.cap.kind === 'cgroup' ? this.cap.make(limit) : undefined;
    const fds = [openSync(this.filterFile, 'r')];
    try {
      const secret = secretArguments(spec);
      if (secret.length > 0) fds.push(this.#argumentsFile(secret));
      const confined = this.#command(spec, { status: statusFd({ fds }), hasSecrets: secret.length > 0 });
      const [command, ...args] = this.#capped(confined, limit, group);
      const launch = {
        command,
        args,
        env: {},
        fds,
        ownProcesses: own + (this.cap.kind === 'gate' ? 1 : 0),
        kill: (pids: { outer: number; inner: number | undefined }) => {
          kill(pids.inner);
          kill(pids.outer);
        },
      };
      return await new ConfinedProcess(launch, spec, this.options.table).run(signal);
    } finally {
      for (const fd of fds) closeSync(fd);
      if (group !== undefined) await removeWhenEmpty(group);
    }
  }

  close(): Promise<void> {
    return this.skeleton.remove();
  }

  /** A file without a name that bubblewrap reads further arguments from. */
  #argumentsFile(given: readonly string[]): number {
    const path = this.skeleton.pathOf(`arguments-${randomUUID()}`);
    writeFileSync(path, given.map((argument) => `${argument}\0`).join(''), { mode: 0o600, flag: 'wx' });
    try {
      return openSync(path, 'r');
    } finally {
      unlinkSync(path);
    }
  }

  #capped(
    command: readonly [string, ...string[]],
    limit: number,
    group: PidsCgroup | undefined,
  ): readonly [string, ...string[]] {
    if (group !== undefined) return insideCgroup(group, command);
    if (this.cap.kind !== 'gate') return command;
    return [this.cap.launcher, '--gate-only', String(limit), '--', ...command];
  }

  #command(
    spec: SandboxSpec,
    { status, hasSecrets }: { readonly status: number; readonly hasSecrets: boolean },
  ): readonly [string, ...string[]] {
    const { programs, strays, architecture } = this.options;
    const limits = Object.entries(resourceLimits(spec.limits)).map(([name, value]) => `--${name}=${value}`);
    // Counted within the namespace, so only there.
    const isCounted = this.cap.kind === 'rlimit';
    const count = isCounted
      ? [programs.prlimit, `--nproc=${spec.limits.processes + forwardersOf(spec)}`, '--']
      : [];
    const isForwarded = spec.network?.kind === 'proxy';
    const program = isForwarded
      ? behindForwarder(spec.argv, { perl: programs.perl, path: proxyInside })
      : spec.argv;
    const command = [
      programs.prlimit,
      ...[...limits, '--', programs.bwrap],
      ...['--seccomp', String(firstFd), '--json-status-fd', String(status)],
      ...bubblewrapArguments(spec, this.skeleton),
      ...(hasSecrets ? ['--args', String(firstFd + 1)] : []),
      ...['--', ...count, ...program],
    ] as const;
    const toClose = strays.filter((fd) => fd > status);
    return withoutDescriptors(toClose, command, { perl: programs.perl, architecture });
  }
}
