import { execFile } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { baseEnvironment } from '../environment';
import { ConfinedProcess, type Launch, statusFd } from '../process/confined-process';
import type { ProcessTable } from '../process/process-table';
import { resourceLimits } from '../process/resource-limits';
import type { Sandbox, SandboxOutcome, SandboxSpec } from '../sandbox';
import { scratchFolder } from '../scratch-folder';
import { bpfBytes, bpfProgram } from '../seccomp/bpf-program';
import { callRules } from '../seccomp/call-policy';
import type { Architecture } from '../seccomp/syscall-numbers';
import { devicePaths, systemPaths, workspacePaths } from './granted-paths';

const run = promisify(execFile);

export interface LandlockOptions {
  /** Path of the compiled launcher; libs/sandbox/launcher. */
  readonly launcher: string;
  readonly architecture: Architecture;
  readonly table: ProcessTable;
}

/** Since this one the kernel keeps signals among the confined. */
const scopedSignalsAbi = 6;
const minAbi = 3;
const firstFd = 3;
/** How often the launcher is asked to end everything, before it is done without it. */
const politeAttempts = 8;

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
};

/**
 * Landlock, seccomp and a supervising launcher, for where no namespaces may be made. The program sees processes' numbers and the names
 * of files outside; it can open, change, signal and connect to none.
 */
export class LandlockSandbox implements Sandbox {
  readonly tier = 'landlock';
  readonly hasProxy = false;

  private constructor(
    private readonly options: LandlockOptions,
    private readonly folder: string,
    private readonly filterFile: string,
  ) {}

  /** @throws Error when this kernel's Landlock is missing or too old */
  static async open(options: LandlockOptions): Promise<LandlockSandbox> {
    const { stdout } = await run(options.launcher, ['--abi'], { env: {}, timeout: 5_000 });
    const abi = Number(stdout);
    if (!(abi >= minAbi))
      throw new Error(`this kernel's Landlock is missing or too old (ABI ${abi}, needed ${minAbi})`);
    const rules = callRules({
      confinedBy: 'landlock',
      chmod: 'pretended',
      signals: abi >= scopedSignalsAbi ? 'allowed' : 'refused',
    });
    const folder = await scratchFolder();
    const filterFile = join(folder, 'filter');
    await writeFile(filterFile, bpfBytes(bpfProgram(rules, options.architecture)), { mode: 0o600 });
    return new LandlockSandbox(options, folder, filterFile);
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxOutcome> {
    const temporary = await mkdtemp(join(this.folder, 'tmp-'));
    const filter = openSync(this.filterFile, 'r');
    try {
      const launch = this.#launch(spec, temporary, filter);
      return await new ConfinedProcess(launch, spec, this.options.table).run(signal);
    } finally {
      closeSync(filter);
      await rm(temporary, { recursive: true, force: true });
    }
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  #launch(spec: SandboxSpec, temporary: string, filter: number): Launch {
    if (spec.network?.kind === 'proxy') throw new Error('the landlock tier has no way to a proxy');
    const fds = [filter];
    let attempts = 0;
    return {
      command: this.options.launcher,
      args: launcherArguments(spec, temporary, statusFd({ fds })),
      env: { ...baseEnvironment(temporary), ...spec.env },
      fds,
      ownProcesses: 1,
      kill: ({ outer }) => {
        if (attempts++ < politeAttempts) return kill(outer, 'SIGTERM');
        for (const { pid } of this.options.table.pids(outer)) if (pid !== outer) kill(pid, 'SIGKILL');
        kill(outer, 'SIGKILL');
      },
    };
  }
}

function launcherArguments(spec: SandboxSpec, temporary: string, status: number): readonly string[] {
  const { workspace, runtimes = [], limits, argv, cwd = '' } = spec;
  const granted = (option: string, paths: readonly string[]): readonly string[] =>
    paths.flatMap((path) => [option, path]);
  return [
    ...granted('--read', [...systemPaths, ...runtimes]),
    ...granted('--write', [...workspacePaths(workspace), temporary]),
    ...granted('--device', devicePaths),
    ...Object.entries(resourceLimits(limits)).flatMap(([name, value]) => ['--limit', `${name}=${value}`]),
    ...['--folder', posix.join(workspace.path, posix.normalize(`/${cwd}`))],
    ...['--filter-fd', String(firstFd), '--status-fd', String(status)],
    ...['--processes', String(limits.processes), '--', ...argv],
  ];
}
