import { z } from 'zod';

/** Queues by what their workers do. */
export const queueNames = ['steps', 'tools'] as const;
export type QueueName = (typeof queueNames)[number];

/**
 * Look at this item of this run; `v` is the run's version when it was rung for. The run store is the truth, so a doorbell may
 * be lost, doubled or late without harm.
 */
const doorbellSchema = z.object({ run: z.string(), item: z.string(), v: z.number().int() });
export type Doorbell = z.infer<typeof doorbellSchema>;

/**
 * The whole content of a BullMQ job: one doorbell or several. `c` is the contract's version: a worker ignores what it does not
 * know and the sweeper rings again for one that does. Contract 1 held one doorbell; it is still understood, no longer written.
 */
export const ringSchema = z.discriminatedUnion('c', [
  doorbellSchema.extend({ c: z.literal(1) }),
  z.object({ c: z.literal(2), bells: z.array(doorbellSchema).min(1) }),
]);
export type Ring = z.infer<typeof ringSchema>;

export const bellsOf = (ring: Ring): readonly Doorbell[] =>
  ring.c === 1 ? [{ run: ring.run, item: ring.item, v: ring.v }] : ring.bells;

/**
 * What is published to one worker that is there and has room: the same doorbells without a job around them, each with its tenant's
 * runs under way (`place`), for the worker queues what it has no room for.
 */
export const knockSchema = z.object({
  c: z.literal(1),
  bells: z.array(doorbellSchema.extend({ place: z.number().int() })).min(1),
});
export type Knock = z.infer<typeof knockSchema>;

/**
 * Published by the store itself to a worker that is there and has room: opened items of one run with their lease, whose epoch is 1, and
 * all that a claim would have answered. Who hears it holds them; who has no room gives them back.
 */
export const handingSchema = z.object({
  c: z.literal(2),
  of: z.object({
    run: z.string(),
    v: z.number().int(),
    /** The name under which the items are held. */
    owner: z.string(),
    thread: z.string(),
    tenant: z.string(),
    /** Of the agent's definition. */
    digest: z.string(),
  }),
  items: z.array(z.object({ item: z.string(), data: z.string() })).min(1),
  /** The facts of the thread; empty for calls. */
  journal: z.array(z.unknown()),
});
export type Handing = z.infer<typeof handingSchema>;

/** One item that was handed over. */
export interface HandedItem extends Pick<Handing, 'of' | 'journal'> {
  readonly item: string;
  readonly data: string;
}

/** What one message to a worker may be. */
export const heardSchema = z.discriminatedUnion('c', [knockSchema, handingSchema]);
export type Heard = z.infer<typeof heardSchema>;
