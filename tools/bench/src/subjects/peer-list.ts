import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { z } from 'zod';
import { tasks } from './subject';

/** Peers are no part of the build: they stand in the sources, with packages of their own. */
export const peersFolder = resolve(programs, '../tools/bench/peers');

const peerSchema = z.object({
  name: z.string(),
  /** Below `peersFolder`. */
  main: z.string(),
  title: z.string(),
  isDurable: z.boolean(),
  canStream: z.boolean(),
  works: z.array(z.enum(tasks)),
});

export type Peer = z.infer<typeof peerSchema>;

export const readPeers = (folder: string): readonly Peer[] =>
  z.array(peerSchema).parse(JSON.parse(readFileSync(resolve(folder, 'peers.json'), 'utf8')));

export class UnknownPeer extends Error {}

/**
 * Those that are asked for.
 *
 * @throws UnknownPeer that names those that there are
 */
export function peersNamed(known: readonly Peer[], names: readonly string[] | 'all'): readonly Peer[] {
  if (names === 'all') return known;
  const unknown = names.find((name) => !known.some((peer) => peer.name === name));
  if (unknown === undefined) return known.filter(({ name }) => names.includes(name));
  throw new UnknownPeer(
    `there is no peer '${unknown}'. There are: ${known.map(({ name }) => name).join(', ')}`,
  );
}
