import { z } from 'zod';

/** Queues by what their workers do. */
export const queueNames = ['steps', 'tools'] as const;
export type QueueName = (typeof queueNames)[number];

/**
 * The whole content of a BullMQ job: look at this item of this run. The run store is the truth, so a doorbell
 * may be lost, doubled or late without harm. `c` is the contract's version: a worker ignores what it does not
 * know and the sweeper rings again for one that does.
 */
export const doorbellSchema = z.object({
  c: z.literal(1),
  run: z.string(),
  item: z.string(),
  v: z.number().int(),
});
export type Doorbell = z.infer<typeof doorbellSchema>;
