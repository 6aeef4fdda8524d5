import { randomUUID } from 'node:crypto';
import { eventually, quantile } from '@lumina/testbed';
import { effectsByKey } from '../accounts/ledger';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { slowTool } from '../effect-tool';
import { type Explained, GatewayClient, type RunPlace, type RunRecord } from '../load/gateway-client';
import { tasks } from '../stack/drill-files';
import { DrillStack } from '../stack/drill-stack';

/** From the request to cancel until the run's client hears its end. */
const barMs = 500;
const rounds = { long: 20, short: 2 };
const arrivalMs = 20_000;
const endMs = 30_000;

interface Moment {
  readonly explained: Explained;
  readonly hasHeardWords: boolean;
  /** How often the slow tool began its work for this run or its subagent. */
  readonly begun: number;
}

interface State {
  readonly name: string;
  readonly task: string;
  /** Another run of the same thread is under way. */
  readonly isBehindAnother?: boolean;
  readonly keepsWords?: boolean;
  readonly isThere: (moment: Moment) => boolean;
}

const isHeld = ({ items }: Explained, name: string): boolean =>
  items.some(({ item, state }) => item === name && state === 'held');

/** Each state in which a run can be while somebody else works, or nobody does. */
const states: readonly State[] = [
  {
    name: 'waiting for its thread',
    task: tasks.talk,
    isBehindAnother: true,
    isThere: ({ explained }) => explained.status === 'queued',
  },
  {
    name: 'thinking, silent',
    task: tasks.silence,
    isThere: ({ explained }) => isHeld(explained, 'step:1'),
  },
  {
    name: 'thinking, talking',
    task: tasks.talk,
    keepsWords: true,
    isThere: ({ hasHeardWords }) => hasHeardWords,
  },
  { name: 'acting', task: tasks.slow, isThere: ({ begun }) => begun > 0 },
  {
    name: 'waiting for a person',
    task: tasks.guarded,
    isThere: ({ explained }) => explained.status === 'waiting',
  },
  { name: 'waiting for a subagent', task: tasks.slowDelegation, isThere: ({ begun }) => begun > 0 },
];

/** Runs are cancelled in every state in which one can be: how long until it is heard, and what is left of them. */
export const cancel: CaseDrill = {
  kind: 'cases',
  async run(context) {
    const { folder, signal, progress, options } = context;
    const stack = await DrillStack.plan(folder, { replicas: 2, restartAfterMs: 1_000 });
    try {
      progress('starting three Sentinels, a master, two replicas, and every service twice');
      await stack.start();
      const results: CaseResult[] = [];
      for (const state of states) {
        signal.throwIfAborted();
        progress(state.name);
        const times = options.times ?? (options.isShort ? rounds.short : rounds.long);
        results.push(await new Cancelling(stack, context, state).result(times));
      }
      return results;
    } finally {
      await (signal.aborted ? stack.kill() : stack.stop());
    }
  },
};

class Cancelling {
  private readonly gateways: GatewayClient;
  private readonly tookMs: number[] = [];

  constructor(
    stack: DrillStack,
    private readonly context: DrillContext,
    private readonly state: State,
  ) {
    this.gateways = new GatewayClient(stack.gatewayUrls, stack.apiKey);
  }

  async result(times: number): Promise<CaseResult> {
    const faults: string[] = [];
    for (let round = 0; round < times && !this.context.signal.aborted; round += 1) {
      const fault = await this.cancelOne();
      if (fault !== undefined) faults.push(fault);
    }
    const longest = Math.round(quantile(this.tookMs, 1) ?? Number.POSITIVE_INFINITY);
    const isLate = longest > barMs && !this.context.options.isShort;
    const fault = faults[0] ?? (isLate ? `heard after ${longest} ms; the bar is ${barMs} ms` : undefined);
    const detail = `${this.tookMs.length} times, p50 ${Math.round(quantile(this.tookMs, 0.5) ?? 0)} ms, longest ${longest} ms`;
    return { name: this.state.name, fault, detail };
  }

  /** Returns what is wrong with what came of it. */
  private async cancelOne(): Promise<string | undefined> {
    const { task, isBehindAnother = false } = this.state;
    const thread = randomUUID();
    const before = this.begun();
    const other = isBehindAnother ? await this.gateways.create(randomUUID(), thread, tasks.talk) : undefined;
    const run = await this.gateways.create(randomUUID(), thread, task);
    const heard = { words: false };
    const hearing = this.hear({ run, thread }, () => (heard.words = true));
    await eventually(
      `a run is ${this.state.name}`,
      async () => {
        const explained = await this.gateways.explain(run);
        return this.state.isThere({ explained, hasHeardWords: heard.words, begun: this.begun() - before });
      },
      arrivalMs,
    );
    const sentMs = performance.now();
    await this.gateways.cancel({ run, thread });
    const answeredMs = performance.now();
    const endedMs = await hearing;
    if (other !== undefined) await this.gateways.cancel({ run: other, thread });
    if (endedMs === undefined) return 'its client never heard of its end';
    // The stream of a run that waits for a person has ended before: the answer to the cancellation says that the run has ended.
    this.tookMs.push((endedMs < sentMs ? answeredMs : endedMs) - sentMs);
    const record = await this.gateways.record(run, thread);
    return this.faultOf(record, this.begun() - before);
  }

  /** When the client heard the end. */
  private async hear(place: RunPlace, onWords: () => void): Promise<number | undefined> {
    const signal = AbortSignal.any([this.context.signal, AbortSignal.timeout(arrivalMs + endMs)]);
    try {
      for await (const { event } of this.gateways.frames(place, undefined, signal, 'messages-tuple')) {
        if (event === 'messages') onWords();
        if (event === 'end') return performance.now();
      }
    } catch {
      // Nobody was told anything in time.
    }
    return undefined;
  }

  private faultOf(record: RunRecord | undefined, begun: number): string | undefined {
    if (record === undefined) return 'nobody knows the run any more';
    if (record.status !== 'interrupted') return `the run is ${record.status}`;
    if (begun > 1) return `its tool began ${begun} times`;
    const last = record.messages.findLast(({ type }) => type === 'ai');
    if (this.state.keepsWords !== true) return undefined;
    if (last === undefined || last.content === '') return 'the words that were said are lost';
    return last.response_metadata?.finish_reason === 'cancelled'
      ? undefined
      : 'the words that were said are not marked as cut off';
  }

  private begun(): number {
    return [...effectsByKey(this.context.folder.ledger, slowTool).values()].reduce((sum, n) => sum + n, 0);
  }
}
