import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Site } from '@lumina/testbed';
import type { Terrain } from './terrain';

const run = promisify(execFile);

/** Two network namespaces behind a router in a third, and a way in from here. */
export interface Divided extends Terrain {
  /** Packets between the sides vanish, without a word to either. */
  cut(): Promise<void>;
  heal(): Promise<void>;
}

/** Why this machine cannot be divided; undefined: it can. */
export async function cannotDivide(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'network namespaces need root on Linux';
  const name = `lumtry${process.pid}`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'del', name);
    return undefined;
  } catch (error) {
    return `network namespaces do not work here: ${(error as Error).message.trim()}`;
  }
}

/** @throws Error when the namespaces cannot be made */
export async function divide(): Promise<Divided> {
  const tag = String(process.pid % 100_000);
  const space = { near: `lumn${tag}`, far: `lumf${tag}`, router: `lumr${tag}` };
  const net = `10.${100 + (process.pid % 100)}`;
  const clear = async (): Promise<void> => {
    for (const name of Object.values(space)) await ip('netns', 'del', name).catch(() => undefined);
  };
  try {
    for (const name of Object.values(space)) await ip('netns', 'add', name);
    await wire(space.router, { link: `ln${tag}`, inside: space.near, subnet: `${net}.1` });
    await wire(space.router, { link: `lf${tag}`, inside: space.far, subnet: `${net}.2` });
    await wire(space.router, { link: `lh${tag}`, inside: undefined, subnet: `${net}.3` });
    await run('ip', ['netns', 'exec', space.router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await ip('route', 'add', `${net}.0.0/16`, 'via', `${net}.3.1`);
  } catch (error) {
    await clear();
    throw error;
  }
  const site = (side: 'near' | 'far' | 'between'): Site => {
    if (side === 'between') return { host: `${net}.3.1`, prefix: ['ip', 'netns', 'exec', space.router] };
    const host = `${net}.${side === 'near' ? 1 : 2}.2`;
    return { host, prefix: ['ip', 'netns', 'exec', space[side]] };
  };
  const rules = [
    ['iif', `ln${tag}r`, 'to', `${net}.2.0/24`, 'blackhole'],
    ['iif', `lf${tag}r`, 'to', `${net}.1.0/24`, 'blackhole'],
  ];
  const change = async (verb: 'add' | 'del'): Promise<void> => {
    for (const rule of rules) await ip('-n', space.router, 'rule', verb, ...rule);
  };
  return { site, clear, cut: () => change('add'), heal: () => change('del') };
}

interface Wire {
  readonly link: string;
  /** Undefined: where this process is. */
  readonly inside: string | undefined;
  readonly subnet: string;
}

/** A cable between the router (`.1`) and another namespace (`.2`), which sends everything through it. */
async function wire(router: string, { link, inside, subnet }: Wire): Promise<void> {
  const at = inside === undefined ? [] : ['-n', inside];
  const end = inside === undefined ? [] : ['netns', inside];
  await ip('link', 'add', `${link}r`, 'netns', router, 'type', 'veth', 'peer', 'name', link, ...end);
  await ip('-n', router, 'addr', 'add', `${subnet}.1/24`, 'dev', `${link}r`);
  await ip('-n', router, 'link', 'set', `${link}r`, 'up');
  await ip('-n', router, 'link', 'set', 'lo', 'up');
  await ip(...at, 'addr', 'add', `${subnet}.2/24`, 'dev', link);
  await ip(...at, 'link', 'set', link, 'up');
  if (inside === undefined) return;
  await ip(...at, 'link', 'set', 'lo', 'up');
  await ip(...at, 'route', 'add', 'default', 'via', `${subnet}.1`);
}

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', [...args]);
}
