import { delay } from '../processes/delay';
import { sizeOfLog } from '../processes/log-file';
import { type ProcessEvents, SupervisedProcess } from '../processes/supervised-process';
import { logExcerpt } from './log-excerpt';
import type { RoleSpec } from './process-specs';
import { type ProcessRecord, type Role, roles } from './stack-state';

interface Member {
  readonly role: Role;
  readonly process: SupervisedProcess;
  /** What stood in the log before this start. */
  readonly logFromBytes: number;
}

export type StartOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

const progressEveryMs = 5_000;

/**
 * The processes of one stack. Invariants:
 *
 * G1 They stop in the order of `roles`: first who takes work in, last who keeps it.
 * G2 A stack is started whole or not at all: the first that cannot start ends the start of the others.
 */
export class ProcessGroup {
  private readonly members: Member[] = [];
  private readonly stopping = new AbortController();

  constructor(private readonly events: ProcessEvents & { readonly onProgress: (text: string) => void }) {}

  get records(): readonly ProcessRecord[] {
    return this.members.map(({ role, process }) => ({
      name: process.spec.name,
      role,
      identity: process.identity,
      url: process.url,
    }));
  }

  /** Starts all of them side by side; resolves when each is ready, or at the first that cannot be (G2). */
  async start(specs: readonly RoleSpec[], timeoutMs: number): Promise<StartOutcome> {
    if (this.stopping.signal.aborted) return { kind: 'stopped' };
    const waiting = new Set(specs.map(({ name }) => name));
    const started = specs.map(async (spec): Promise<StartOutcome> => {
      const process = new SupervisedProcess(spec, this.events);
      const member = { role: spec.role, process, logFromBytes: sizeOfLog(spec.logFile) };
      this.members.push(member);
      const readiness = await process.start();
      waiting.delete(spec.name);
      if (readiness.kind === 'ready') return readiness;
      if (this.stopping.signal.aborted) return { kind: 'stopped' };
      return { kind: 'failed', message: deathText(member, readiness.how) };
    });
    const settled = new AbortController();
    const late = this.tellUntil(waiting, timeoutMs, settled.signal);
    const failed = new Promise<StartOutcome>((resolve, reject) => {
      for (const start of started)
        start.then((outcome) => {
          if (outcome.kind !== 'ready') resolve(outcome);
        }, reject);
    });
    const ready = Promise.all(started).then((): StartOutcome => ({ kind: 'ready' }));
    try {
      return await Promise.race([failed, ready, late]);
    } finally {
      settled.abort();
    }
  }

  private async tellUntil(
    waiting: ReadonlySet<string>,
    timeoutMs: number,
    settled: AbortSignal,
  ): Promise<StartOutcome> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = endMs - performance.now();
      await delay(Math.min(progressEveryMs, Math.max(leftMs, 0)), settled);
      if (settled.aborted) return { kind: 'stopped' };
      const names = [...waiting].join(', ');
      if (performance.now() >= endMs) {
        const logs = this.members.filter(({ process }) => waiting.has(process.spec.name)).map(logText);
        const message = [`not ready after ${timeoutMs / 1_000} s: ${names}`, ...logs].join('\n');
        return { kind: 'failed', message };
      }
      this.events.onProgress(`still waiting for ${names}`);
    }
  }

  /** G1. Resolves when all have gone. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const role of roles) {
      const group = this.members.filter((member) => member.role === role);
      if (group.some(({ process }) => process.identity !== undefined))
        this.events.onProgress(`stopping ${role}${group.length > 1 ? ` × ${group.length}` : ''}`);
      await Promise.all(group.map(({ process }) => process.stop()));
    }
  }

  kill(): void {
    for (const { process } of this.members) process.kill();
  }
}

function logText({ process, logFromBytes }: Member): string {
  const { name, logFile } = process.spec;
  return `last lines of ${name}'s log, ${logFile}:\n${logExcerpt(logFile, logFromBytes)}`;
}

const deathText = (member: Member, how: string): string =>
  `${member.process.spec.name} could not start (${how})\n${logText(member)}`;
