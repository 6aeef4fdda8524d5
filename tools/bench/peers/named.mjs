// Which peers somebody meant.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns the rows of peers.json that are named, all without names; ends the process with 2 when one is unknown */
export function named(names) {
  const known = JSON.parse(readFileSync(join(import.meta.dirname, 'peers.json'), 'utf8'));
  const unknown = names.filter((name) => !known.some((peer) => peer.name === name));
  if (unknown.length === 0)
    return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
  console.error(`no such peer: ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  return process.exit(2);
}
