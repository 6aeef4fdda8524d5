import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from '@langchain/langgraph-sdk';
import { type ModelSim, startModelSim } from '../../../tools/model-sim/src/index';
import { messagesOf, said, textOf } from './conversation';
import { Stack } from './stack';

jest.setTimeout(120_000);

const ofUser = 40;
const ofTenant = 60;
const ofSubagent = 3;
const callsOfRun = 10;

const agent = (tools: readonly string[], subagents: readonly string[] = []): object => ({
  ...{ description: 'd', instructions: 'Work.', tools, subagents },
});
/** JSON is YAML. */
const configuration = JSON.stringify({
  defaultAgent: 'searcher',
  agents: {
    searcher: agent(['file_search']),
    boss: agent([], ['clerk']),
    clerk: agent(['tree_view']),
  },
  tools: {
    file_search: { callsPerMinute: { user: ofUser, tenant: ofTenant } },
    tree_view: { callsPerMinute: { user: ofSubagent, tenant: 100 } },
  },
});

/** Two whole executors that share a Redis; what passed is read from the answers that models were given. */
describe('limits of calls', () => {
  let folder: string;
  let sim: ModelSim;
  let stack: Stack;
  let key: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-limits-'));
    const config = join(folder, 'lumina.yaml');
    await writeFile(config, configuration);
    sim = await startModelSim({ port: 0, host: '127.0.0.1' });
    stack = await Stack.start({
      replicas: 2,
      environment: {
        ...{ OPENAI_BASE_URL: `${sim.url}/v1`, LUMINA_MODEL: 'openai/compromised' },
        LUMINA_CONFIG: config,
      },
    });
    key = await stack.key();
  });

  afterAll(async () => {
    await stack.stop();
    await sim.close();
    await rm(folder, { recursive: true, force: true });
  });

  const clientFor = (user: string): Client =>
    new Client({ apiUrl: stack.url, apiKey: key, defaultHeaders: { 'x-lumina-user': user } });

  /** What a model's calls were answered in a run that makes so many at once. */
  async function answers(user: string, index: number): Promise<readonly string[]> {
    const client = clientFor(user);
    const { thread_id: thread } = await client.threads.create();
    const calls = Array.from(
      { length: callsOfRun },
      (_, call) => `call file_search with {"pattern":"n-${index}-${call}"}`,
    );
    await client.runs.wait(thread, 'searcher', { input: said(calls.join(' and ')) });
    const messages = await messagesOf(client, thread);
    return messages.flatMap((message) => (message.type === 'tool' ? [textOf(message)] : []));
  }

  async function passedOf(
    user: string,
    runs: number,
  ): Promise<{ passed: number; refused: readonly string[] }> {
    const all = await Promise.all(Array.from({ length: runs }, (_, index) => answers(user, index)));
    expect(all.flat()).toHaveLength(runs * callsOfRun);
    const refused = all.flat().filter((text) => text.includes('may be called'));
    return { passed: all.flat().length - refused.length, refused };
  }

  /** Of each executor, how many calls of a tool it has answered. */
  async function shares(tool: string): Promise<readonly number[]> {
    const executors = (await stack.processes()).filter(({ role }) => role === 'tool-executor');
    const pages = await Promise.all(executors.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const series = new RegExp(`^lumina_tool_invocations_total\\{[^}]*tool="${tool}"[^}]*\\} (\\d+)`, 'gm');
    return pages.map((page) => [...page.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0));
  }

  it('let exactly what a user may of 300 calls at once pass two executors, then what is left of the tenant', async () => {
    const startedAt = performance.now();
    const alice = await passedOf('alice', 30);
    const bob = await passedOf('bob', 5);
    // Beyond a window of a minute more would rightly pass.
    expect(performance.now() - startedAt).toBeLessThan(58_000);
    expect([alice.passed, bob.passed]).toEqual([ofUser, ofTenant - ofUser]);
    expect(alice.refused[0]).toContain(`may be called ${ofUser} times in 60 s`);
    expect(bob.refused[0]).toContain(`${ofTenant} times in 60 s by all users together`);
    const parts = await shares('file_search');
    expect(parts).toHaveLength(2);
    for (const part of parts) expect(part).toBeGreaterThan(30);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(350);
  });

  it('count the calls of a subagent as those of the user whom its parent works for', async () => {
    const delegated = async (user: string, index: number): Promise<string> => {
      const client = clientFor(user);
      const { thread_id: thread } = await client.threads.create();
      const task = `call tree_view with {"path":".","depth":${index + 1}}`;
      const order = `call delegate with ${JSON.stringify({ agent: 'clerk', task })}`;
      await client.runs.wait(thread, 'boss', { input: said(order) });
      return textOf((await messagesOf(client, thread)).find(({ type }) => type === 'tool'));
    };
    const told = await Promise.all(Array.from({ length: 5 }, (_, index) => delegated('carol', index)));
    const refused = told.filter((text) => text.includes(`may be called ${ofSubagent} times`));
    expect(refused).toHaveLength(5 - ofSubagent);
    expect(await delegated('dave', 0)).not.toContain('may be called');
  });
});
