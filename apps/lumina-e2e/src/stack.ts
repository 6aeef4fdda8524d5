import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort } from '@lumina/testing';

const run = promisify(execFile);
const root = resolve(__dirname, '../../..');
const launcher = join(root, 'lumina');

export interface StackProcess {
  readonly role: string;
  readonly pid: number;
  readonly url: string;
  readonly ready: boolean;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A stack of its own data folder and port, started as a user would. */
export class Stack {
  private constructor(
    readonly data: string,
    readonly url: string,
    readonly environment: Environment,
  ) {}

  static async start(options: { replicas?: number; environment?: Environment } = {}): Promise<Stack> {
    const data = await mkdtemp(join(tmpdir(), 'lumina-e2e-'));
    const port = await freePort();
    const environment = { ...bareEnvironment(), ...options.environment };
    const stack = new Stack(data, `http://127.0.0.1:${port}`, environment);
    const replicas = String(options.replicas ?? 1);
    const up = await stack.command('up', '--detach', '--port', String(port), '--replicas', replicas);
    if (up.code !== 0) throw new Error(`the stack did not start:\n${up.stdout}\n${up.stderr}`);
    return stack;
  }

  /** Runs `./lumina …` on this stack's data. */
  command(...args: readonly string[]): Promise<CommandResult> {
    return lumina(args, { ...this.environment, LUMINA_DATA: this.data });
  }

  async processes(): Promise<readonly StackProcess[]> {
    const { stdout } = await this.command('status', '--json');
    return (JSON.parse(stdout) as { processes: StackProcess[] }).processes;
  }

  async pidsOf(role: string): Promise<readonly number[]> {
    return (await this.processes()).filter((process) => process.role.startsWith(role)).map(({ pid }) => pid);
  }

  /** Kills every process of a role without warning, and waits until others have taken their places. */
  async killAll(role: string): Promise<void> {
    const killed = await this.pidsOf(role);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await eventually(
      `the supervisor replaces ${role}`,
      async () => {
        const now = (await this.processes()).filter((process) => process.role.startsWith(role));
        return now.length === killed.length && now.every(({ pid, ready }) => ready && !killed.includes(pid));
      },
      20_000,
    );
  }

  async key(): Promise<string> {
    const { readFile } = await import('node:fs/promises');
    return (await readFile(join(this.data, 'dev-key'), 'utf8')).trim();
  }

  async stop(): Promise<void> {
    await this.command('down');
    await rm(this.data, { recursive: true, force: true });
  }
}

/** Runs the launcher and answers with how it ended. */
export async function lumina(args: readonly string[], environment: Environment): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await run(launcher, [...args], {
      env: { ...environment },
      maxBuffer: 32 * 1_048_576,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}

/** The environment without anything that names a model or a stack: tests say themselves what they mean. */
export function bareEnvironment(): Environment {
  const names = Object.entries(process.env).filter(
    ([name]) => !/^(LUMINA_|OPENAI_|ANTHROPIC_|OLLAMA_|PORT$|NODE_OPTIONS$|JEST_)/.test(name),
  );
  return Object.fromEntries(names);
}
