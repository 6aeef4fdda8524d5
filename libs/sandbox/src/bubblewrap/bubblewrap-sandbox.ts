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
import { bubblewrapArguments, secretArguments } from './arguments';
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
const ownProcesses = 2;
const emptyWithinMs = 500;

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

  private constructor(
    private readonly options: BubblewrapOptions,
    private readonly skeleton: Skeleton,
    private readonly filterFile: string,
    private readonly groups: ReturnType<typeof pidsCgroups>,
  ) {}

  /** @throws Error when nothing here could bound the number of processes */
  static async open(options: BubblewrapOptions): Promise<BubblewrapSandbox> {
    const groups = options.isRoot ? pidsCgroups(`lumina-${randomUUID()}`) : undefined;
    if (options.isRoot && groups === undefined)
      throw new Error(
        "root's processes can only be counted in a pids cgroup, and none can be made here; run as another user, or make /sys/fs/cgroup writable",
      );
    const skeleton = await makeSkeleton(options.isRoot);
    const rules = callRules({
      confinedBy: 'namespaces',
      chmod: skeleton.areDevicesOwned ? 'pretended' : 'allowed',
      signals: 'allowed',
    });
    const filter = bpfBytes(bpfProgram(rules, options.architecture));
    return new BubblewrapSandbox(options, skeleton, await skeleton.write('filter', filter), groups);
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxOutcome> {
    const group = this.groups?.(spec.limits.processes + ownProcesses);
    const fds = [openSync(this.filterFile, 'r')];
    try {
      const secret = secretArguments(spec);
      if (secret.length > 0) fds.push(this.#argumentsFile(secret));
      const confined = this.#command(spec, { status: statusFd({ fds }), hasSecrets: secret.length > 0 });
      const [command, ...args] = group === undefined ? confined : insideCgroup(group, confined);
      const launch = {
        command,
        args,
        env: {},
        fds,
        ownProcesses,
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

  #command(
    spec: SandboxSpec,
    { status, hasSecrets }: { readonly status: number; readonly hasSecrets: boolean },
  ): readonly [string, ...string[]] {
    const { programs, isRoot, strays, architecture } = this.options;
    const limits = Object.entries(resourceLimits(spec.limits)).map(([name, value]) => `--${name}=${value}`);
    // Counted within the namespace, so only there; for root the kernel does not count.
    const count = isRoot ? [] : [programs.prlimit, `--nproc=${spec.limits.processes}`, '--'];
    const command = [
      programs.prlimit,
      ...[...limits, '--', programs.bwrap],
      ...['--seccomp', String(firstFd), '--json-status-fd', String(status)],
      ...bubblewrapArguments(spec, this.skeleton),
      ...(hasSecrets ? ['--args', String(firstFd + 1)] : []),
      ...['--', ...count, ...spec.argv],
    ] as const;
    const toClose = strays.filter((fd) => fd > status);
    return withoutDescriptors(toClose, command, { perl: programs.perl, architecture });
  }
}
