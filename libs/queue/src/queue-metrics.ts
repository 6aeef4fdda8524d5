import type { QueueName } from '@lumina/contracts';
import { Counter, Gauge } from 'prom-client';

/** What this process did with doorbells: plain numbers, read when somebody scrapes. */
interface QueueCounts {
  /** By the queue, by a knock at this worker, and with their items. */
  queued: number;
  knocked: number;
  handed: number;
  /** How often a worker that took nothing was opened anew. */
  reopened: number;
  /** Doorbells that are being answered now, and how many could be. */
  inHand: number;
  room: number;
}

const counts = new Map<QueueName, QueueCounts>();

/** The numbers of one queue in this process; a queue without a worker here has none. */
export function queueCounts(queue: QueueName): QueueCounts {
  const known = counts.get(queue) ?? { queued: 0, knocked: 0, handed: 0, reopened: 0, inHand: 0, room: 0 };
  counts.set(queue, known);
  return known;
}

new Counter({
  name: 'lumina_doorbells_taken_total',
  help: 'Doorbells that workers took, by the way they came: through the queue, by a knock at an idle worker, or handed to it with their items.',
  labelNames: ['queue', 'way'],
  collect() {
    this.reset();
    for (const [queue, { queued, knocked, handed }] of counts) {
      this.inc({ queue, way: 'queue' }, queued);
      this.inc({ queue, way: 'knock' }, knocked);
      this.inc({ queue, way: 'handed' }, handed);
    }
  },
});
new Counter({
  name: 'lumina_workers_reopened_total',
  help: 'How often the watchdog opened a worker anew because doorbells waited and it took none.',
  labelNames: ['queue'],
  collect() {
    this.reset();
    for (const [queue, { reopened }] of counts) this.inc({ queue }, reopened);
  },
});
new Gauge({
  name: 'lumina_worker_doorbells',
  help: 'Doorbells that this process is answering (in_hand) and could answer at a time (room).',
  labelNames: ['queue', 'kind'],
  collect() {
    this.reset();
    for (const [queue, { inHand, room }] of counts) {
      this.set({ queue, kind: 'in_hand' }, inHand);
      this.set({ queue, kind: 'room' }, room);
    }
  },
});
