import type { QueueName } from '@lumina/contracts';

/** Under which BullMQ keeps its keys; one hash tag, so that each queue's scripts stay in one slot. */
export const queuePrefix = 'lum:{q}';

/** A hash: the workers of a queue that are there, and how much room each has. */
export const presenceKey = (queue: QueueName): string => `${queuePrefix}:there:${queue}`;

/** The channel on which one worker hears who knocks. */
export const knockChannel = (queue: QueueName, worker: string): string =>
  `${queuePrefix}:knock:${queue}:${worker}`;
