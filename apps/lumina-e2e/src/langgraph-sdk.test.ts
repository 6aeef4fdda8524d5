import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, type Message } from '@langchain/langgraph-sdk';
import { eventually } from '@lumina/testing';
import { Client as OldClient } from 'langgraph-sdk-2';
import { messagesOf, said, textOf } from './conversation';
import { LangGraphStack } from './langgraph-stack';

jest.setTimeout(60_000);

/** The older client has the same methods but for a few; see where they are called. */
type Open = (apiUrl: string, apiKey: string) => Client;
const clients: readonly (readonly [string, Open, boolean])[] = [
  ['1.15.0', (apiUrl, apiKey) => new Client({ apiUrl, apiKey }), true],
  ['2.0.0', (apiUrl, apiKey) => new OldClient({ apiUrl, apiKey }) as unknown as Client, false],
];

let lumina: LangGraphStack;
beforeAll(async () => {
  lumina = await LangGraphStack.start();
});
afterAll(() => lumina.stop());

describe.each(clients)('@langchain/langgraph-sdk %s', (_version, open, isNew) => {
  let client: Client;
  beforeAll(() => {
    client = open(lumina.url, lumina.key);
  });

  const newThread = async (metadata = {}): Promise<string> =>
    (await client.threads.create({ metadata })).thread_id;
  const waitIn = async (thread: string | undefined, task: string): Promise<{ messages: Message[] }> => {
    const input = said(task);
    const values =
      thread === undefined
        ? await client.runs.wait(null, 'lumina', { input })
        : await client.runs.wait(thread, 'lumina', { input });
    return values as unknown as { messages: Message[] };
  };
  const textAfter = async (values: Promise<{ messages: Message[] }>) =>
    textOf((await values).messages.at(-1));

  describe('assistants', () => {
    it('are the agents, by name and by id', async () => {
      const [lumina] = await client.assistants.search({ graphId: 'lumina' });
      expect(lumina).toMatchObject({ name: 'lumina', graph_id: 'lumina', version: 1 });
      const id = lumina?.assistant_id ?? '';
      expect(await client.assistants.get(id)).toEqual(lumina);
      expect(await client.assistants.get('lumina')).toEqual(lumina);
      expect(await client.assistants.getVersions(id)).toEqual([lumina]);
      const all = await client.assistants.search();
      expect(await client.assistants.count()).toBe(all.length);
      expect(all.map(({ name }) => name)).toEqual([...all.map(({ name }) => name)].sort());
    });

    it('have schemas, a graph and subgraphs', async () => {
      const { input_schema: schema } = await client.assistants.getSchemas('lumina');
      expect(schema).toMatchObject({ properties: { messages: { type: 'array' } } });
      const { nodes } = await client.assistants.getGraph('lumina');
      expect(nodes.map(({ id }) => id)).toEqual(['__start__', 'agent', 'tools', '__end__']);
      const subgraphs = await client.assistants.getSubgraphs('lumina');
      expect(Object.keys(subgraphs)).toEqual(['web-researcher', 'code-executor']);
    });

    it('come from the configuration, and say so to whoever would change them', async () => {
      await expect(client.assistants.create({ graphId: 'lumina' })).rejects.toThrow(/422.*LUM_NOT_OFFERED/s);
      await expect(client.assistants.update('lumina', {})).rejects.toThrow(/LUM_NOT_OFFERED/);
      await expect(client.assistants.delete('lumina')).rejects.toThrow(/LUM_NOT_OFFERED/);
      await expect(client.assistants.setLatest('lumina', 1)).rejects.toThrow(/LUM_NOT_OFFERED/);
      await expect(client.assistants.get('nobody')).rejects.toThrow(/404/);
    });
  });

  describe('threads', () => {
    it('are made, changed, found, counted and removed', async () => {
      const mark = randomUUID();
      const first = await newThread({ mark, n: 1 });
      const second = await newThread({ mark, n: 2 });
      const find = async (query: object) =>
        (await client.threads.search({ metadata: { mark }, ...query })).map(({ thread_id: id }) => id);
      expect(await find({})).toEqual([second, first]);
      expect(await find({ sortBy: 'created_at', sortOrder: 'asc' })).toEqual([first, second]);
      expect(await find({ limit: 1, offset: 1 })).toEqual([first]);
      expect(await find({ metadata: { mark, n: 2 } })).toEqual([second]);
      expect(await find({ status: 'idle' })).toEqual([second, first]);
      expect(await find({ status: 'busy' })).toEqual([]);
      if (isNew) expect(await find({ ids: [first] })).toEqual([first]);
      expect(await client.threads.count({ metadata: { mark } })).toBe(2);
      await client.threads.update(first, { metadata: { n: 3 } });
      expect((await client.threads.get(first)).metadata).toEqual({ mark, n: 3 });
      expect(await find({ metadata: { n: 3, mark } })).toEqual([first]);
      await client.threads.patchState(first, { n: 4 });
      expect(await find({ metadata: { n: 4 } })).toEqual([first]);
      await client.threads.delete(first);
      expect(await find({})).toEqual([second]);
      await expect(client.threads.get(first)).rejects.toThrow(/404/);
      if (isNew) expect(await client.threads.prune([second, first])).toEqual({ pruned_count: 1 });
    });

    it('have a state, a history and copies, and can be forked', async () => {
      const thread = await newThread();
      await waitIn(thread, 'hello');
      const state = await client.threads.getState<{ messages: Message[] }>(thread);
      expect(state.values.messages.map(textOf)).toEqual(['hello', 'fine']);
      const history = await client.threads.getHistory<{ messages: Message[] }>(thread);
      expect(history.map(({ values }) => values.messages.length)).toEqual([2, 1]);
      const [, before] = history;
      const id = before?.checkpoint.checkpoint_id ?? '';
      expect((await client.threads.getState(thread, id)).values).toEqual(before?.values);
      expect((await client.threads.getState(thread, before?.checkpoint)).values).toEqual(before?.values);
      const copy = await client.threads.copy(thread);
      const copied = (copy as unknown as { thread_id: string }).thread_id;
      expect((await messagesOf(client, copied)).map(textOf)).toEqual(['hello', 'fine']);
      await client.threads.updateState(copied, { values: said('and then?'), checkpointId: id });
      expect((await messagesOf(client, copied)).map(textOf)).toEqual(['hello', 'and then?']);
      expect((await messagesOf(client, thread)).map(textOf)).toEqual(['hello', 'fine']);
      expect(await textAfter(waitIn(copied, 'again'))).toBe('fine');
      const searched = await client.threads.search({ metadata: { graph_id: 'lumina' }, limit: 100 });
      expect(searched.map(({ thread_id: found }) => found)).toEqual(expect.arrayContaining([thread, copied]));
    });
  });

  describe('runs', () => {
    it('in a thread: create, get, join, list, delete', async () => {
      const thread = await newThread();
      const created = await client.runs.create(thread, 'lumina', { input: said('hi'), metadata: { a: 1 } });
      expect(created).toMatchObject({ thread_id: thread, metadata: { a: 1, graph_id: 'lumina' } });
      const values = (await client.runs.join(thread, created.run_id)) as unknown as { messages: Message[] };
      expect(values.messages.map(textOf)).toEqual(['hi', 'fine']);
      expect((await client.runs.get(thread, created.run_id)).status).toBe('success');
      expect((await client.runs.list(thread, { status: 'success' })).map((run) => run.run_id)).toEqual([
        created.run_id,
      ]);
      expect(await client.runs.list(thread, { status: 'error' })).toEqual([]);
      await client.runs.delete(thread, created.run_id);
      expect(await client.runs.list(thread)).toEqual([]);
      expect((await messagesOf(client, thread)).map(textOf)).toEqual(['hi', 'fine']);
    });

    it('without a thread: create, stream, wait, batch', async () => {
      expect(await textAfter(waitIn(undefined, 'hello'))).toBe('fine');
      let announced: { run_id: string; thread_id?: string } | undefined;
      const events: string[] = [];
      for await (const { event } of client.runs.stream(null, 'lumina', {
        input: said('hello'),
        onRunCreated: (run) => (announced = run),
      }))
        events.push(event);
      expect(events).toEqual(['metadata', 'values', 'values', 'end']);
      const again: string[] = [];
      for await (const { event } of client.runs.joinStream(null, announced?.run_id ?? '')) again.push(event);
      expect(again).toEqual(events);
      const input = said('hello');
      const batch = await client.runs.createBatch([
        { assistantId: 'lumina', input },
        { assistantId: 'lumina', input },
      ]);
      expect(batch).toHaveLength(2);
      for (const { thread_id: thread, run_id: run } of batch) await client.runs.join(thread, run);
      const one = await client.runs.create(null, 'lumina', { input });
      expect(one.thread_id).toMatch(/^[0-9a-f-]{36}$/);
      const listed = await client.threads.search({ limit: 100 });
      expect(listed.map(({ thread_id: id }) => id)).not.toContain(one.thread_id);
    });

    it.each([
      ['values', ['values']],
      ['updates', ['updates']],
      ['messages-tuple', ['messages']],
      ['messages', ['messages/complete', 'messages/metadata', 'messages/partial']],
      ['tasks', ['tasks']],
      ['checkpoints', ['checkpoints']],
      ['debug', ['debug']],
      ['custom', []],
    ] as const)('show what the mode %s shows', async (mode, events) => {
      const seen = new Set<string>();
      const stream = client.runs.stream(await newThread(), 'lumina', {
        input: said('count'),
        streamMode: mode as 'values',
      });
      for await (const { event } of stream) seen.add(event);
      expect([...seen].sort()).toEqual([...events, 'end', 'metadata'].sort());
    });

    it('show what a program prints while it runs, before its result', async () => {
      const thread = await newThread();
      const seen: unknown[] = [];
      const asked = { input: said('print'), streamMode: ['custom' as const, 'updates' as const] };
      for await (const { event, data } of client.runs.stream(thread, 'code-executor', asked))
        seen.push(event === 'custom' ? data : event);
      const printed = seen.flatMap((each) =>
        typeof each === 'object' && each !== null && 'text' in each ? [String(each.text)] : [],
      );
      expect(printed.length).toBeGreaterThan(1);
      expect(printed.join('')).toBe('line 0\nline 1\nline 2\n');
      const kinds = seen.map((each) => (typeof each === 'string' ? each : 'custom')).join(' ');
      expect(kinds).toMatch(/^metadata updates( custom){2,3} updates updates/);
    });

    it('ask a person, and go on with the answer', async () => {
      const thread = await newThread();
      const first = (await waitIn(thread, 'look around')) as unknown as {
        __interrupt__: [{ value: unknown }];
      };
      expect(first.__interrupt__[0].value).toEqual({
        action_requests: [{ name: 'list_directory', args: { path: '.' } }],
        review_configs: [{ action_name: 'list_directory', allowed_decisions: ['approve', 'edit', 'reject'] }],
      });
      expect(
        (await client.threads.search({ status: 'interrupted', limit: 100 })).map((t) => t.thread_id),
      ).toContain(thread);
      const events: string[] = [];
      const command = { resume: { decisions: [{ type: 'approve' }] } };
      for await (const { event } of client.runs.stream(thread, 'lumina', { command, streamMode: 'updates' }))
        events.push(event);
      expect(events).toEqual(['metadata', 'updates', 'updates', 'end']);
      expect(textOf((await messagesOf(client, thread)).at(-1))).toMatch(/^It said: /);
    });

    it('are cancelled, one and many', async () => {
      const thread = await newThread();
      const start = () => client.runs.create(thread, 'lumina', { input: said('talk') });
      const { run_id: one } = await start();
      await client.runs.cancel(thread, one, true);
      expect((await client.runs.get(thread, one)).status).toBe('interrupted');
      const [two, three] = [await start(), await start()];
      if (isNew) await client.runs.cancelMany({ threadId: thread, status: 'all' });
      else for (const { run_id: run } of [three, two]) await client.runs.cancel(thread, run, true);
      await eventually('both have ended', async () => {
        const runs = await Promise.all([two, three].map(({ run_id: run }) => client.runs.get(thread, run)));
        return runs.every(({ status }) => status === 'interrupted');
      });
    });

    it('meet a run that is under way as their strategy says', async () => {
      const thread = await newThread();
      const start = (multitaskStrategy: 'reject' | 'enqueue' | 'interrupt' | 'rollback', task = 'hello') =>
        client.runs.create(thread, 'lumina', { input: said(task), multitaskStrategy });
      const { run_id: first } = await start('enqueue', 'talk');
      await expect(start('reject')).rejects.toThrow(/422/);
      const queued = await start('enqueue');
      expect(queued).toMatchObject({ status: 'pending', multitask_strategy: 'enqueue' });
      const last = await start('interrupt');
      await client.runs.join(thread, last.run_id);
      expect((await client.runs.get(thread, first)).status).toBe('interrupted');
      await start('enqueue', 'talk');
      const { run_id: after } = await start('rollback');
      await client.runs.join(thread, after);
      expect((await messagesOf(client, thread)).map(textOf).filter((text) => text === 'talk')).toHaveLength(
        1,
      );
    });
  });

  describe('crons', () => {
    it('are made, found, changed and removed', async () => {
      const mark = randomUUID();
      const schedule = '0 8 * * 1';
      const one = (await client.crons.create('lumina', {
        ...{ schedule, input: said('hello'), metadata: { mark } },
      })) as unknown as { cron_id: string };
      const thread = await newThread();
      await client.crons.createForThread(thread, 'lumina', { schedule, input: said('hello') });
      expect(await client.crons.search({ threadId: thread })).toMatchObject([
        { thread_id: thread, schedule },
      ]);
      expect(await client.crons.count({ threadId: thread })).toBe(1);
      expect(await client.crons.update(one.cron_id, { enabled: false })).toMatchObject({
        ...{ cron_id: one.cron_id, enabled: false, metadata: { mark } },
      });
      await client.crons.delete(one.cron_id);
      await expect(client.crons.delete(one.cron_id)).rejects.toThrow(/404/);
    });
  });

  describe('the store', () => {
    it('keeps items by namespace, finds them, and lets them end', async () => {
      const user = randomUUID();
      await client.store.putItem(['users', user], 'taste', { colour: 'blue', age: 30 });
      await client.store.putItem(['users', user, 'past'], 'taste', { colour: 'red', age: 3 }, { ttl: 60 });
      expect(await client.store.getItem(['users', user], 'taste')).toMatchObject({
        ...{ namespace: ['users', user], key: 'taste', value: { colour: 'blue', age: 30 } },
        createdAt: expect.stringMatching(/^2/),
      });
      expect(await client.store.getItem(['users', user], 'nothing')).toBeNull();
      const find = async (filter?: Record<string, unknown>) =>
        (await client.store.searchItems(['users', user], filter === undefined ? {} : { filter })).items.map(
          ({ value }) => (value as { colour: string }).colour,
        );
      expect(await find()).toEqual(['blue', 'red']);
      expect(await find({ colour: 'red' })).toEqual(['red']);
      expect(await find({ age: { $gte: 18 } })).toEqual(['blue']);
      const { namespaces } = await client.store.listNamespaces({ prefix: ['users', user] });
      expect(namespaces).toEqual([
        ['users', user],
        ['users', user, 'past'],
      ]);
      expect((await client.store.listNamespaces({ suffix: ['past'], maxDepth: 1 })).namespaces).toEqual([
        ['users'],
      ]);
      await client.store.deleteItem(['users', user], 'taste');
      expect(await find()).toEqual(['red']);
      await expect(client.store.searchItems(['users'], { query: 'colours' })).rejects.toThrow(/422/);
    });
  });
});
