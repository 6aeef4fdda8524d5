import { type QueueName, queueNames } from '@lumina/contracts';
import { queuePrefix } from '@lumina/queue';
import { type ConnectionOptions, Queue } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import type { QueueLook } from './queues-probe';

const states = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;

/** Reads the queues without ringing, answering or configuring anything. */
export class BullQueues {
  private readonly queues: readonly { readonly name: QueueName; readonly queue: Queue }[];

  constructor(connection: RedisOptions, onError: (error: Error) => void) {
    this.queues = queueNames.map((name) => {
      // The same object, typed more loosely by BullMQ.
      const options = { ...connection } as ConnectionOptions;
      const queue = new Queue(name, { connection: options, prefix: queuePrefix, skipMetasUpdate: true });
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

  /** Lets go at once, also when Redis is away. */
  async close(): Promise<void> {
    await Promise.allSettled(this.queues.map(({ queue }) => queue.disconnect()));
  }
}
