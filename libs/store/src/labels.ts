import { createHash } from 'node:crypto';

/** So many fields a thread's metadata may have: each that is text, number or flag is a label. */
export const maxMetadataFields = 64;

type Scalar = string | number | boolean;

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value);

/** Under which a thread is found that carries this metadata: a digest, so that its length is bounded and it needs no escaping. */
export const labelOf = (name: string, value: Scalar): string =>
  createHash('sha256')
    .update(JSON.stringify([name, value]))
    .digest('base64url')
    .slice(0, 22);

/** Clients look for the threads of an agent as if its name were metadata of theirs. */
export const agentLabel = (agent: string): string => labelOf('graph_id', agent);

/** The labels of a thread: what is text, number or true or false in its metadata. */
export function labelsOf(metadata: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(metadata).flatMap(([name, value]) => (isScalar(value) ? [labelOf(name, value)] : []));
}
