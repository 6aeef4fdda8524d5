import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { type KeptProcess, pause, redisCommand } from '@lumina/testbed';
import { toolFaultFile } from '../effect-tool';
import type { DrillFolder } from '../stack/drill-files';
import { GatewayClient } from '../load/gateway-client';
import { tasks } from '../stack/drill-files';
import type { DrillStack } from '../stack/drill-stack';
import type { WayIn } from './way-in';

export interface BreakContext {
  readonly stack: DrillStack;
  readonly folder: DrillFolder;
  /** By which the health service makes its synthetic runs. */
  readonly wayIn: WayIn;
  readonly signal: AbortSignal;
}

/** Breaks something, and returns how it is mended. */
export type Break = (context: BreakContext) => Promise<() => Promise<void>>;

const wholeMs = 60_000;
const nothing = async (): Promise<void> => undefined;

/** Ends processes for good, until they are mended. */
async function gone(processes: readonly KeptProcess[]): Promise<() => Promise<void>> {
  await Promise.all(processes.map((process) => process.stop('SIGKILL', 1_000)));
  return async () => {
    for (const process of processes) process.start();
    await Promise.all(processes.map((process) => process.ready()));
  };
}

async function redisGone({ stack }: BreakContext): Promise<() => Promise<void>> {
  const { nodes } = stack.group;
  const master = await stack.group.master();
  await Promise.all(nodes.map(({ process }) => process.stop('SIGKILL', 1_000)));
  return async () => {
    // The one that was master last has everything that was acknowledged.
    master.start(undefined);
    await master.process.ready();
    for (const node of nodes) if (node !== master) node.start(master.address);
    await stack.group.whole(wholeMs);
  };
}

async function replicasGone({ stack }: BreakContext): Promise<() => Promise<void>> {
  const master = await stack.group.master();
  const replicas = stack.group.nodes.filter((node) => node !== master);
  await Promise.all(replicas.map(({ process }) => process.stop('SIGKILL', 1_000)));
  return async () => {
    for (const replica of replicas) replica.start(master.address);
    await stack.group.whole(wholeMs);
  };
}

async function masterReplaced({ stack }: BreakContext): Promise<() => Promise<void>> {
  const master = await stack.group.master();
  master.process.signal('SIGKILL');
  await master.process.gone();
  const successor = await stack.group.succession(master, wholeMs);
  master.start(successor.address);
  await stack.group.whole(wholeMs);
  return nothing;
}

async function wrongKeys({ stack, signal }: BreakContext): Promise<() => Promise<void>> {
  const url = `${stack.gatewayUrls[0] ?? ''}/threads`;
  const headers = { 'x-api-key': 'a-guess', 'content-type': 'application/json' };
  for (let guess = 0; guess < 40; guess += 1) {
    await fetch(url, { method: 'POST', headers, body: '{}' });
    await pause(50, signal);
  }
  return nothing;
}

const askedEveryMs = 500;

/** A record that no gateway can read, as a bad release might leave it, and clients that ask for it again and again: a fault of ours each time. */
async function recordUnreadable({ stack }: BreakContext): Promise<() => Promise<void>> {
  const { address } = await stack.group.master();
  const thread = randomUUID();
  const key = `lum:{s0}:thread:${thread}`;
  await redisCommand(address, 'SET', key, 'not a thread');
  const headers = { 'x-api-key': stack.apiKey };
  const ask = async (): Promise<void> => {
    for (const url of stack.gatewayUrls)
      await fetch(`${url}/threads/${thread}`, { headers }).catch(() => undefined);
  };
  const timer = setInterval(() => void ask(), askedEveryMs);
  return async () => {
    clearInterval(timer);
    await redisCommand(address, 'DEL', key);
  };
}

/** As of a model that was talked into it. */
async function workspacesLeft({ stack }: BreakContext): Promise<() => Promise<void>> {
  const client = new GatewayClient(stack.gatewayUrls, stack.apiKey);
  for (let run = 0; run < 5; run += 1) await client.create(randomUUID(), randomUUID(), tasks.prying);
  return nothing;
}

async function replicaGone({ stack }: BreakContext): Promise<() => Promise<void>> {
  const master = await stack.group.master();
  const replica = stack.group.nodes.find((node) => node !== master);
  await replica?.process.stop('SIGKILL', 1_000);
  return async () => {
    replica?.start(master.address);
    await stack.group.whole(wholeMs);
  };
}

async function toolFails({ folder }: BreakContext): Promise<() => Promise<void>> {
  const file = toolFaultFile(folder.ledger);
  writeFileSync(file, '');
  return async () => rmSync(file);
}

/** By the names of ops/alert-drills.yaml. */
export const breaks: Readonly<Record<string, Break>> = {
  nothing: async () => nothing,
  'one-orchestrator-killed': async ({ stack }) => {
    stack.services['agent-orchestrator'][0]?.signal('SIGKILL');
    return nothing;
  },
  'master-killed-and-replaced': masterReplaced,
  'one-gateway-stays-down': ({ stack }) => gone(stack.services.gateway.slice(1)),
  'orchestrators-gone': ({ stack }) => gone(stack.services['agent-orchestrator']),
  'redis-gone': redisGone,
  'replicas-gone': replicasGone,
  'one-replica-gone': replicaGone,
  'sentinels-gone': ({ stack }) => gone(stack.group.sentinels.slice(1)),
  'one-sentinel-gone': ({ stack }) => gone(stack.group.sentinels.slice(2)),
  'way-in-cut': async ({ wayIn }) => {
    await wayIn.cut();
    return () => wayIn.open();
  },
  'model-gone': ({ stack }) => gone([stack.model]),
  'error-burst': recordUnreadable,
  'tool-fails': toolFails,
  'wrong-keys': wrongKeys,
  'workspaces-left': workspacesLeft,
};
