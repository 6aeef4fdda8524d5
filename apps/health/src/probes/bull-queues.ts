import { type QueueName, queueNames } from '@lumina/contracts';
import { queuePrefix } from '@lumina/queue';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueLook } from './queues-probe';

const states = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;

/** Reads the queues without ringing, answering or configuring anything. */
export class BullQueues {
  private readonly queues: readonly { readonly name: QueueName; readonly queue: Queue }[];

  /** @param redis shared and not closed here; closing a connection of BullMQ's own would wait for a Redis that is away */
  constructor(redis: Redis, onError: (error: Error) => void) {
    this.queues = queueNames.map((name) => {
      const queue = new Queue(name, { connection: redis, prefix: queuePrefix, skipMetasUpdate: true });
      queue.on('error', onError);
      return { name, queue };
    });
  }

  look(): Promise<readonly QueueLook[]> {
    return Promise.all(
      this.queues.map(async ({ name, queue }) => {
        const [jobs, [oldest]] = await Promise.all([
          queue.getJobCounts(...states),
          queue.getJobs(['waiting'], 0, 0, true),
        ]);
        return { queue: name, jobs, oldestAtMs: oldest?.timestamp };
      }),
    );
  }
}
