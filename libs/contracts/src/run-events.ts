import { z } from 'zod';
import { factSchema } from './facts';

/**
 * What a client may watch of one run, under one gap-free sequence that starts at 1 (promise P4): the
 * journal's facts as they are committed, and between them the words of models and programs as they arrive.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fact'), position: z.number().int(), fact: factSchema }),
  z.object({ type: z.literal('delta'), messageId: z.string(), text: z.string() }),
  /** A worker died half-way through this message; what was streamed of it no longer counts. */
  z.object({ type: z.literal('discarded'), messageId: z.string() }),
  /** What a program prints that a call runs, as it comes and without secrets. For who watches: the call's answer has it again, and counts. */
  z.object({
    type: z.literal('output'),
    callId: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type OutputStream = Extract<RunEvent, { type: 'output' }>['stream'];

export interface SequencedEvent {
  readonly seq: number;
  readonly event: RunEvent;
}
