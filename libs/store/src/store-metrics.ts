import { Counter, Gauge, Histogram } from 'prom-client';

/**
 * What this process asked of the run store. Plain numbers where the work is done, read when somebody scrapes: a run costs
 * additions only.
 */
export const storeCounts = {
  written: { ok: 0, not_durable: 0, unavailable: 0, failed: 0 },
  /** Times that WAIT came back with fewer replicas than promised; the write is then tried again. */
  waitShortfalls: 0,
  checkpoints: { write: 0, read: 0 },
  leasesLost: 0,
  leasesHeld: 0,
};

export type WriteOutcome = keyof typeof storeCounts.written;

interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter that stands elsewhere and is read when it is asked for. */
function readCounter(
  about: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
  read: () => readonly Reading[],
): void {
  new Counter({
    ...about,
    labelNames: [...about.labelNames],
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}

const byLabel = (name: string, counts: Readonly<Record<string, number>>): readonly Reading[] =>
  Object.entries(counts).map(([key, value]) => ({ labels: { [name]: key }, value }));

readCounter(
  {
    name: 'lumina_store_writes_total',
    help: 'Scripts that the run store was sent, by what their sender was told.',
    labelNames: ['outcome'],
  },
  () => byLabel('outcome', storeCounts.written),
);
readCounter(
  {
    name: 'lumina_store_wait_shortfalls_total',
    help: 'Batches of writes that fewer replicas confirmed in time than are promised; each is sent again.',
    labelNames: [],
  },
  () => [{ labels: {}, value: storeCounts.waitShortfalls }],
);
readCounter(
  {
    name: 'lumina_checkpoint_operations_total',
    help: 'Checkpoints: written with a commit, read with a claim or by a client.',
    labelNames: ['operation'],
  },
  () => byLabel('operation', storeCounts.checkpoints),
);
export const checkpointBytes = new Histogram({
  name: 'lumina_checkpoint_bytes',
  help: 'What a checkpoint added to its journal, in characters of JSON.',
  buckets: [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576],
});
readCounter(
  {
    name: 'lumina_leases_lost_total',
    help: 'Leases that ended under a worker while it worked: what it did is thrown away.',
    labelNames: [],
  },
  () => [{ labels: {}, value: storeCounts.leasesLost }],
);

new Gauge({
  name: 'lumina_leases_held',
  help: 'Work items that this process holds now.',
  collect() {
    this.set(storeCounts.leasesHeld);
  },
});
