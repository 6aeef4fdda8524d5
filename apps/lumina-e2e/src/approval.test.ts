import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Client } from '@langchain/langgraph-sdk';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { clientOf, messagesOf, said, streamRun, textOf } from './conversation';
import { eventually } from '@lumina/testing';
import { Stack } from './stack';

jest.setTimeout(60_000);

const script = `
scenarios:
  careful:
    match: look
    turns:
      - tool_calls: [{ name: list_directory, args: { path: '.' } }]
      - text: 'It said: {{last_tool_result}}'
  endless:
    match: talk
    turns:
      - { tokens: 2000, tokens_per_second: 20 }
  default:
    turns:
      - { text: 'fine' }
`;

/** An agent whose first step uses up what it may use. */
const thrifty = `agents:
  thrifty:
    description: Thrifty.
    instructions: Spend little.
    tools: [list_directory]
    limits: { tokens: 5 }
    onLimit: wait
`;

interface Interrupted {
  readonly __interrupt__: readonly {
    readonly value: { readonly action_requests: readonly { name: string; args: unknown }[] };
  }[];
}

describe('people decide, and people stop', () => {
  let sim: ModelSim;
  let stack: Stack;
  let client: Client;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-approval-'));
    const shipped = await readFile(resolve(__dirname, '../../../lumina.yaml'), 'utf8');
    const config = join(folder, 'lumina.yaml');
    await writeFile(
      config,
      shipped
        .replace('  lumina:\n', `  lumina:\n    policy: { list_directory: ask }\n`)
        .replace('agents:\n', thrifty),
    );
    sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario: parseScenario(script) });
    stack = await Stack.start({ environment: { OPENAI_BASE_URL: `${sim.url}/v1`, LUMINA_CONFIG: config } });
    client = clientOf(stack.url, await stack.key());
  });

  afterAll(async () => {
    await stack.stop();
    await sim.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function interrupted(): Promise<string> {
    const { thread_id: thread } = await client.threads.create();
    const { events } = await streamRun(client, thread, { task: 'look around' });
    const update = events.find(
      ({ data }) => data !== null && typeof data === 'object' && '__interrupt__' in data,
    );
    const [interrupt] = (update?.data as Interrupted).__interrupt__;
    expect(interrupt?.value.action_requests).toEqual([{ name: 'list_directory', args: { path: '.' } }]);
    expect((await client.threads.get(thread)).status).toBe('interrupted');
    return thread;
  }

  const resume = (thread: string, decision: unknown) =>
    client.runs.wait(thread, 'lumina', { command: { resume: { decisions: [decision] } } });

  it('approve: the call is run', async () => {
    const thread = await interrupted();
    await resume(thread, { type: 'approve' });
    expect(textOf((await messagesOf(client, thread)).at(-1))).toMatch(/^It said: /);
    expect((await client.threads.get(thread)).status).toBe('idle');
  });

  it('edit: the call is run with the new arguments', async () => {
    const thread = await interrupted();
    await resume(thread, {
      type: 'edit',
      edited_action: { name: 'list_directory', args: { path: 'no-such-folder' } },
    });
    expect(textOf((await messagesOf(client, thread)).at(-1))).toContain('no-such-folder');
  });

  it('reject: the model is told why', async () => {
    const thread = await interrupted();
    await resume(thread, { type: 'reject', message: 'not today' });
    expect(textOf((await messagesOf(client, thread)).at(-1))).toContain('not today');
  });

  it('a decision counts once', async () => {
    const thread = await interrupted();
    await resume(thread, { type: 'approve' });
    await expect(resume(thread, { type: 'approve' })).rejects.toThrow(/409/);
  });

  it('a decision about other arguments than those proposed is refused', async () => {
    const thread = await interrupted();
    const [run] = await client.runs.list(thread);
    const headers = { 'x-api-key': await stack.key(), 'content-type': 'application/json' };
    const body = { item: 'ask:1.0', decision: 'approve', args_digest: 'something else' };
    const url = `${stack.url}/runs/${run?.run_id ?? ''}/approvals`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as { code: string }).code).toBe('LUM_APPROVAL_ALTERED');
    const pending = (await (await fetch(url, { headers })).json()) as { args_digest: string }[];
    const exact = { ...body, args_digest: pending[0]?.args_digest };
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(exact) })).status).toBe(202);
  });

  it('the terminal: exit 3 where nobody can be asked, and the way to approve; --yes approves', async () => {
    const refused = await stack.command('run', 'look around');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/approv/i);
    const approved = await stack.command('run', 'look around', '--yes');
    expect(approved.code).toBe(0);
    expect(approved.stdout).toContain('It said:');
  });

  it('budget: exit 3 and the way to grant more; granted, the run goes on to its end', async () => {
    const refused = await stack.command('run', 'look around', '--agent', 'thrifty', '--yes');
    expect(refused.code).toBe(3);
    const [, run = ''] = /POST \/runs\/([^/]+)\/budget/.exec(refused.stderr) ?? [];
    const explained = await stack.command('explain', run);
    expect(explained.stdout).toMatch(/a person must grant more or refuse/);
    const headers = { 'x-api-key': await stack.key(), 'content-type': 'application/json' };
    const url = `${stack.url}/runs/${run}/budget`;
    const { waiting } = (await (await fetch(url, { headers })).json()) as { waiting: { item: string }[] };
    const body = JSON.stringify({ item: waiting[0]?.item, decision: 'grant', more: 100_000 });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    await eventually('the run succeeds', async () =>
      (await stack.command('explain', run)).stdout.includes('The run has succeeded.'),
    );
  });

  it('cancel: heard within half a second, the words that were said are kept', async () => {
    const { thread_id: thread } = await client.threads.create();
    const streaming = streamRun(client, thread, {
      task: 'talk',
      onEvent: ({ event, data }) => {
        if (event === 'messages' && isStreamed(data)) cancel();
      },
    });
    let isCancelled = false;
    const cancelling: Promise<number>[] = [];
    const cancel = (): void => {
      if (isCancelled) return;
      isCancelled = true;
      cancelling.push(
        (async () => {
          const [run] = await client.runs.list(thread);
          const startedAt = performance.now();
          await client.runs.cancel(thread, run?.run_id ?? '', true);
          return performance.now() - startedAt;
        })(),
      );
    };
    const { events } = await streaming;
    const [tookMs = Number.POSITIVE_INFINITY] = await Promise.all(cancelling);
    expect(tookMs).toBeLessThan(3_000);
    expect(events.find(({ event }) => event === 'error')?.data).toMatchObject({ error: 'LUM_RUN_CANCELLED' });
    const last = (await messagesOf(client, thread)).at(-1);
    expect(textOf(last).length).toBeGreaterThan(0);
    expect(last).toMatchObject({ response_metadata: { finish_reason: 'cancelled' } });
    const [run] = await client.runs.list(thread);
    expect(run?.status).toBe('interrupted');
    const sims = (await (await fetch(`${sim.url}/sim/requests`)).json()) as SimRequests;
    expect(lastOf(sims)?.disconnectedByClient).toBe(true);
  });

  it('rollback: a newer run takes the place of the one under way, as if that had never been', async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.create(thread, 'lumina', { input: said('talk') });
    const values = await client.runs.wait(thread, 'lumina', {
      input: said('hello'),
      multitaskStrategy: 'rollback',
    });
    const { messages } = values as { messages: { type: string; content: string }[] };
    expect(messages.map(({ content }) => content)).toEqual(['hello', 'fine']);
  });

  it('interrupt: a newer run takes the place, and what was said stays', async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.create(thread, 'lumina', { input: said('talk') });
    const values = await client.runs.wait(thread, 'lumina', {
      input: said('hello'),
      multitaskStrategy: 'interrupt',
    });
    const { messages } = values as { messages: { type: string; content: string }[] };
    expect(messages[0]?.content).toBe('talk');
    expect(messages.at(-1)?.content).toBe('fine');
  });

  it('time travel: history, a run from a checkpoint, a changed state', async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.wait(thread, 'lumina', { input: said('first') });
    const afterFirst = await client.threads.getState(thread);
    await client.runs.wait(thread, 'lumina', { input: said('second') });
    const history = await client.threads.getHistory<{ messages: unknown[] }>(thread);
    expect(history.map(({ values }) => values.messages.length)).toEqual([4, 3, 2, 1]);
    const checkpointId = afterFirst.checkpoint.checkpoint_id ?? '';
    const forked = await client.runs.wait(thread, 'lumina', { input: said('instead'), checkpointId });
    const { messages } = forked as { messages: { content: string }[] };
    expect(messages.map(({ content }) => content)).toEqual(['first', 'fine', 'instead', 'fine']);
    await client.threads.updateState(thread, { values: { messages: [{ role: 'user', content: 'added' }] } });
    expect(textOf((await messagesOf(client, thread)).at(-1))).toBe('added');
  });
});

type SimRequests =
  | readonly { readonly disconnectedByClient: boolean }[]
  | { readonly requests: readonly { readonly disconnectedByClient: boolean }[] };

const lastOf = (sims: SimRequests) => ('requests' in sims ? sims.requests : sims).at(-1);

const isStreamed = (data: unknown): boolean =>
  Array.isArray(data) &&
  (data[0] as { type?: string; content?: string }).type === 'ai' &&
  (data[0] as { content?: string }).content !== '';
