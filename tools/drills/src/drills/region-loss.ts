import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, pause } from '@lumina/testbed';
import { type RegionEvidence, regionCases } from '../accounts/regions';
import { effectsByKey, firstOfRepeated } from '../accounts/ledger';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { effectTool } from '../effect-tool';
import { GatewayClient, type RunRecord } from '../load/gateway-client';
import { OpenLoad } from '../load/open-load';
import type { RunClient } from '../load/run-client';
import { tasks } from '../stack/drill-files';
import { DrillStack, type StackOptions } from '../stack/drill-stack';

const lengths = {
  long: { beforeMs: 15_000, thenMs: 5_000, afterMs: 10_000 },
  short: { beforeMs: 4_000, thenMs: 2_000, afterMs: 3_000 },
};
const endMs = 90_000;
const works = [
  ...Array.from({ length: 4 }, () => ({ task: tasks.usual, isLong: false })),
  { task: tasks.long, isLong: true },
];
/** What both regions must have alike: keys that were issued in one open the other. */
const alike = {
  LUMINA_KEY_PEPPER: 'a-pepper-of-both-regions',
  LUMINA_WEBHOOK_SECRET: 'a-secret-of-both-regions',
};

/**
 * A region is gone at once, with all of its disks. Another begins with its last snapshot, as docs/regions.md says, and clients are led
 * there. What was acknowledged before the snapshot must end, once; what came after it is lost, and counted.
 */
export const regionLoss: CaseDrill = {
  kind: 'cases',
  async run(context) {
    const { isShort } = context.options;
    const options: StackOptions = { replicas: isShort ? 1 : 2, restartAfterMs: 1_000, env: alike };
    const home = await DrillStack.plan(context.folder, options);
    const logs = join(context.folder.root, 'standby-logs');
    mkdirSync(logs);
    const standby = await DrillStack.plan({ ...context.folder, logs }, options);
    const move = new Move(context, home, standby);
    try {
      return await move.cases();
    } finally {
      move.leave();
      await home.kill();
      await (context.signal.aborted ? standby.kill() : standby.stop());
    }
  },
};

class Move {
  /** Where the one name of both regions leads. */
  private readonly urls: string[];
  private readonly gateways: GatewayClient;
  private readonly load: OpenLoad;
  private readonly lengths;

  constructor(
    private readonly context: DrillContext,
    private readonly home: DrillStack,
    private readonly standby: DrillStack,
  ) {
    this.urls = [...home.gatewayUrls];
    this.gateways = new GatewayClient(this.urls, home.apiKey);
    this.load = new OpenLoad(this.gateways, works, context.options.rate);
    this.lengths = lengths[context.options.isShort ? 'short' : 'long'];
  }

  leave(): void {
    this.load.leave();
  }

  async cases(): Promise<readonly CaseResult[]> {
    const { home, standby, context, load, lengths: times } = this;
    const { progress, signal } = context;
    progress('starting the first region: three Sentinels, a master, two replicas, every service');
    await home.start();
    const key = await this.gateways.issueKey();
    load.start();
    await pause(times.beforeMs, signal);
    const snapshotMs = Date.now();
    const snapshot = await (await home.group.master()).snapshot();
    progress('a snapshot is taken; work goes on');
    await pause(times.thenMs, signal);
    const lossMs = Date.now();
    await home.kill();
    progress('the region is gone; the other begins with the snapshot');
    await standby.start(snapshot);
    this.urls.splice(0, this.urls.length, ...standby.gatewayUrls);
    const switchedMs = Date.now();
    progress(`clients are led there, ${((switchedMs - lossMs) / 1_000).toFixed(1)} s after the loss`);
    await pause(times.afterMs, signal);
    load.stop();
    const moments = { snapshotMs, lossMs, switchedMs };
    await this.ended(moments);
    const isKeyKnown = await new GatewayClient(this.urls, key).isWelcome();
    return regionCases({ ...(await this.evidence(moments)), isKeyKnown });
  }

  /** Waits for what must end: runs from before the snapshot, and those of the second region. */
  private async ended({
    snapshotMs,
    switchedMs,
  }: Pick<RegionEvidence, 'snapshotMs' | 'switchedMs'>): Promise<void> {
    const isKept = ({ acknowledged: ack }: RunClient): boolean =>
      ack !== undefined && (ack.ackedMs < snapshotMs || ack.sentMs >= switchedMs);
    await eventually(
      'every run that must end has ended',
      async () =>
        this.context.signal.aborted || this.load.clients.filter(isKept).every((one) => one.hasHeardEnd),
      endMs,
    ).catch((error: unknown) => this.context.progress(String(error)));
    this.load.leave();
    this.context.signal.throwIfAborted();
  }

  private async evidence(
    moments: Pick<RegionEvidence, 'snapshotMs' | 'lossMs' | 'switchedMs'>,
  ): Promise<Omit<RegionEvidence, 'isKeyKnown'>> {
    const { ledger } = this.context.folder;
    const { clients } = this.load;
    const records = new Map<string, RunRecord>();
    for (const { acknowledged: ack } of clients) {
      const record = ack && (await this.gateways.record(ack.run, ack.thread));
      if (ack !== undefined && record !== undefined) records.set(ack.run, record);
    }
    const effects = effectsByKey(ledger, effectTool);
    return { ...moments, clients, records, effects, repeatedMs: firstOfRepeated(ledger, effectTool) };
  }
}
