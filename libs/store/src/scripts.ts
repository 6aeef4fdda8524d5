import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const scriptNames = [
  'create',
  'claim',
  'renew',
  'commit',
  'sweep',
  'intervene',
  'thread',
  'annotate',
  'hide',
  'confirm',
  'switch',
  'pins-see',
  'pins-approve',
  'reserve',
  'reckon',
  'rate',
  'relabel',
  'copy',
  'forget',
  'item',
  'after',
  'cron',
] as const;
export type ScriptName = (typeof scriptNames)[number];

export interface Script {
  readonly name: ScriptName;
  readonly source: string;
  readonly sha: string;
}

const read = (name: string): string => readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8');

function load(name: ScriptName): Script {
  const source = `${read('ledger')}\n${read('prelude')}\n${read(name)}`;
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

export const scripts: ReadonlyMap<ScriptName, Script> = new Map(
  scriptNames.map((name) => [name, load(name)] as const),
);
