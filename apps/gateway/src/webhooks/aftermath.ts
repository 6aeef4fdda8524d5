import type { EndedRuns, RunSnapshot, RunStore, TakenRun } from '@lumina/store';
import type { Logger } from 'pino';
import type { ThreadRemoval } from '../langgraph/thread-removal';
import type { WebhookCalls } from './webhook-calls';
import { webhookPayload } from './webhook-payload';

export interface AftermathDependencies {
  readonly store: Pick<RunStore, 'run' | 'journal' | 'runsOfThread'>;
  readonly endedRuns: EndedRuns;
  readonly calls: WebhookCalls;
  readonly removal: Pick<ThreadRemoval, 'removeThread'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface AftermathTimes {
  /** How often it is looked whether a run has ended. Nobody waits for this. */
  readonly lookMs: number;
  /** Before a webhook is called for the second time; each further pause is four times as long. */
  readonly firstPauseMs: number;
}

const batch = 20;
/** Longer than a call may take: whoever is silent so long is gone. */
const silenceMs = 60_000;
const maxCalls = 8;
const pauseFactor = 4;
const longestPauseMs = 6 * 3_600_000;

/**
 * What is left to do when a run has ended. Invariants:
 *
 * A1 A webhook is called at least once for each ended run that names one, however many gateways die meanwhile; a repeat has the same id.
 * A2 A call that is not taken is made again, later each time; after the last, or one that cannot help, its tenant finds it among the dead letters.
 * A3 A thread that a run brought along is removed a while after the run's end, unless it has been used again.
 */
export class Aftermath {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly dependencies: AftermathDependencies,
    private readonly times: AftermathTimes,
  ) {}

  start(): void {
    this.timer = setTimeout(() => {
      this.working = this.work().finally(() => {
        if (!this.stopping.signal.aborted) this.start();
      });
    }, this.times.lookMs);
  }

  /** Resolves when nothing is under way any more. What was broken off, another gateway takes up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.working;
  }

  private async work(): Promise<void> {
    const { endedRuns, log } = this.dependencies;
    try {
      while (!this.stopping.signal.aborted && (await endedRuns.isAnyDue())) {
        const taken = await endedRuns.take(batch, silenceMs);
        await Promise.all(taken.map((run) => this.follow(run)));
        if (taken.length < batch) return;
      }
    } catch (error) {
      log.error({ event: 'aftermath', err: error });
    }
  }

  private async follow(taken: TakenRun): Promise<void> {
    const { store, endedRuns, log } = this.dependencies;
    try {
      const run = await store.run(taken.run);
      if (run?.after === undefined) await endedRuns.settle({ run: taken.run, againMs: undefined });
      else if (run.after.webhook !== undefined && !taken.isTold) await this.tell(run, taken);
      else await this.forget(run);
    } catch (error) {
      // It stays taken, and is handed out again after the silence.
      log.error({ event: 'aftermath', run: taken.run, err: error });
    }
  }

  private async tell(run: RunSnapshot, { taken }: TakenRun): Promise<void> {
    const { store, endedRuns, calls, log } = this.dependencies;
    const { webhook: url = '', forgetMs } = run.after ?? {};
    const payload = webhookPayload(run, await store.journal(run.thread), Date.now());
    const id = `msg_${run.run}`;
    const called = await calls.call({ url, tenant: run.tenant, id, payload }, this.stopping.signal);
    if (this.stopping.signal.aborted && called.kind === 'refused') return;
    if (called.kind === 'taken') {
      log.info({ event: 'webhook', run: run.run, outcome: 'taken', attempt: taken });
      await endedRuns.settle({ run: run.run, againMs: forgetMs, isTold: true });
      return;
    }
    const isLast = called.isFinal || taken >= maxCalls;
    log.warn({
      event: 'webhook',
      run: run.run,
      outcome: isLast ? 'dead' : 'again',
      why: called.why,
      attempt: taken,
    });
    if (!isLast) {
      await endedRuns.settle({ run: run.run, againMs: this.pauseMs(taken) });
      return;
    }
    const letter = { run_id: run.run, thread_id: run.thread, url, attempts: taken, why: called.why };
    const dead = JSON.stringify({ ...letter, given_up_at: new Date().toISOString() });
    await endedRuns.settle({ run: run.run, againMs: forgetMs, isTold: true, dead });
  }

  private async forget(run: RunSnapshot): Promise<void> {
    const { store, endedRuns, removal } = this.dependencies;
    const forgetMs = run.after?.forgetMs;
    const dueMs = forgetMs === undefined ? 0 : run.updatedMs + forgetMs - Date.now();
    if (dueMs > 0) {
      await endedRuns.settle({ run: run.run, againMs: dueMs });
      return;
    }
    const isUsedAgain = (await store.runsOfThread(run.thread)).length > 1;
    if (forgetMs !== undefined && !isUsedAgain)
      await removal.removeThread(run.thread, { tenant: run.tenant, name: 'retention' });
    await endedRuns.settle({ run: run.run, againMs: undefined });
  }

  /** A little more or less each time, so that what failed together does not come back together. */
  private pauseMs(taken: number): number {
    const pause = Math.min(this.times.firstPauseMs * pauseFactor ** (taken - 1), longestPauseMs);
    return Math.round(pause * (0.8 + 0.4 * Math.random()));
  }
}
