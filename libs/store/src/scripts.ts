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
  'hold-again',
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

const read = (file: string): string => readFileSync(join(__dirname, 'lua', `${file}.lua`), 'utf8');

/**
 * The parts that a script or part says it needs, each after those that it needs itself. A script defines its functions anew each time it
 * runs, so it gets those that it calls and no others.
 */
function partsOf(source: string, found = new Map<string, string>()): ReadonlyMap<string, string> {
  const needs = /^-- Needs: +(.+)$/m.exec(source)?.[1]?.split(', ') ?? [];
  for (const part of needs.filter((name) => !found.has(name))) {
    const text = read(`parts/${part}`);
    partsOf(text, found);
    found.set(part, text);
  }
  return found;
}

function load(name: ScriptName): Script {
  const own = read(name);
  const source = [...partsOf(own).values(), own].join('\n');
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

export const scripts: ReadonlyMap<ScriptName, Script> = new Map(
  scriptNames.map((name) => [name, load(name)] as const),
);
