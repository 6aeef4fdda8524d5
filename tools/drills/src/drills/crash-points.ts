import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@lumina/testbed';
import { effectsByKey } from '../accounts/ledger';
import { isUnknown } from '../accounts/run-account';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { effectTool } from '../effect-tool';
import { GatewayClient, type RunRecord } from '../load/gateway-client';
import { RunClient } from '../load/run-client';
import { tasks } from '../stack/drill-files';
import { DrillStack } from '../stack/drill-stack';

interface Point {
  readonly name: string;
  readonly role: Role;
  readonly task: string;
  /** A worker that dies here cannot have said whether the call that it held had its effect. */
  readonly mayLeaveUnknown: boolean;
}

const at = (
  role: Role,
  task: string,
  names: readonly string[],
  unknown: readonly string[] = [],
): readonly Point[] => names.map((name) => ({ name, role, task, mayLeaveUnknown: unknown.includes(name) }));

const points: readonly Point[] = [
  ...at('gateway', tasks.effect, ['run.created']),
  ...at('agent-orchestrator', tasks.effect, ['step.claimed', 'step.decided', 'step.committed', 'step.rung']),
  ...at('agent-orchestrator', tasks.delegation, ['child.claimed', 'child.created', 'child.parked']),
  ...at(
    'tool-executor',
    tasks.effect,
    ['call.claimed', 'call.ran', 'call.committed', 'call.rung'],
    ['call.claimed', 'call.ran'],
  ),
];

const lease = '1s';
const runTimeoutMs = 45_000;
const restartAfterMs = 100;

/** One process of each role, killed exactly at each of the places between the awaited parts of its work; the run must end as if it were not. */
export const crashPoints: CaseDrill = {
  kind: 'cases',
  async run(context) {
    const { folder, signal, progress } = context;
    const stack = await DrillStack.plan(folder, {
      replicas: 1,
      restartAfterMs,
      env: { LUMINA_LEASE: lease },
    });
    try {
      progress('starting three Sentinels, a master, two replicas, and every service once');
      await stack.start();
      const course = new Course(stack, context);
      for (const task of [tasks.effect, tasks.delegation]) await course.undisturbed(task);
      const results: CaseResult[] = [];
      for (const point of points) {
        signal.throwIfAborted();
        results.push(await course.crash(point));
      }
      return results;
    } finally {
      await (signal.aborted ? stack.kill() : stack.stop());
    }
  },
};

interface Finished {
  readonly record: RunRecord;
  readonly client: RunClient;
  readonly effects: number;
}

class Course {
  private readonly gateways: GatewayClient;
  private readonly expected = new Map<string, string>();

  constructor(
    private readonly stack: DrillStack,
    private readonly context: DrillContext,
  ) {
    this.gateways = new GatewayClient(stack.gatewayUrls, stack.apiKey);
  }

  async undisturbed(task: string): Promise<void> {
    this.expected.set(task, outlineOf((await this.finish(task)).record));
  }

  async crash(point: Point): Promise<CaseResult> {
    const { name, role, task } = point;
    const marker = join(this.context.folder.markers, name);
    await this.arm(role, `${name}@${marker}`);
    const startMs = performance.now();
    const finished = await this.finish(task);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    this.context.progress(`${name}: the run ended after ${seconds} s`);
    const fault = existsSync(marker)
      ? this.faultOf(point, finished)
      : `the ${role} never came to this point, so nothing was proved`;
    const unknown = unknownIn(finished.record) === 0 ? '' : ', outcome reported unknown';
    return { name, fault, detail: `${seconds} s, effects: ${finished.effects}${unknown}` };
  }

  /** Has the role's processes restarted so that the first to come to the point dies there. */
  private async arm(role: Role, setting: string): Promise<void> {
    for (const service of this.stack.services[role]) {
      service.prepare({ LUMINA_CRASH_AT: setting });
      service.signal('SIGTERM');
      await service.gone();
    }
    await this.stack.ready();
  }

  /** @throws Error when the run is not acknowledged, or is not known afterwards */
  private async finish(task: string): Promise<Finished> {
    const { folder, signal } = this.context;
    const before = total(effectsByKey(folder.ledger, effectTool));
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(runTimeoutMs)]);
    const client = new RunClient(this.gateways, { task, isLong: false }, deadline);
    await client.live();
    await this.stack.ready();
    const { acknowledged } = client;
    if (acknowledged === undefined) throw new Error(`a run was not acknowledged: ${String(client.refusal)}`);
    const record = await this.gateways.record(acknowledged.run, acknowledged.thread);
    if (record === undefined) throw new Error(`run ${acknowledged.run} was acknowledged and is not known`);
    return { record, client, effects: total(effectsByKey(folder.ledger, effectTool)) - before };
  }

  private faultOf(
    { task, mayLeaveUnknown }: Point,
    { record, client, effects }: Finished,
  ): string | undefined {
    if (record.status !== 'success') return `the run is ${record.status}`;
    if (!client.hasHeardEnd) return 'its client never heard of its end';
    const unknown = unknownIn(record);
    if (unknown > 0 && !mayLeaveUnknown) return 'its outcome is unknown, though nobody died with it in hand';
    if (effects > 1) return `the effect happened ${effects} times`;
    if (effects === 0 && unknown === 0) return 'the effect never happened, and nobody says so';
    const outline = outlineOf(record);
    if (unknown === 0 && outline !== this.expected.get(task)) return `it ended differently: ${outline}`;
    return undefined;
  }
}

const total = (effects: ReadonlyMap<string, number>): number =>
  [...effects.values()].reduce((sum, count) => sum + count, 0);

const unknownIn = ({ messages }: RunRecord): number =>
  messages.filter((message) => message.type === 'tool' && isUnknown(message)).length;

/** What was said, without the names that differ from run to run. */
const outlineOf = ({ status, messages }: RunRecord): string =>
  [
    status,
    ...messages.map(({ type, content }) => `${type}: ${content.replaceAll(/[0-9a-f-]{36}/g, 'RUN')}`),
  ].join(' | ');
