// What the two processes must agree on.
import { given } from '../work.mjs';

export const runQueue = 'runs';
export const toolQueue = 'tools';

export const connection = { url: given.redisUrl, maxRetriesPerRequest: null };

/** A job waits for the network, not for the processor: as many side by side as there are clients in the greatest burst. */
export const workerSettings = { concurrency: 1000 };

export const jobSettings = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { count: 1000 },
  removeOnFail: { count: 5000 },
};
