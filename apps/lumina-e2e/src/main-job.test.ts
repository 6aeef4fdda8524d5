import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clientOf, messagesOf, said, streamRun, textOf } from './conversation';
import { Stack } from './stack';

jest.setTimeout(60_000);

describe('the main job, on a real stack with the simulated model', () => {
  let stack: Stack;
  let workspace: string;

  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'lumina-workspace-'));
    await writeFile(join(workspace, 'notes.md'), '# Notes\n\nState lives in Redis.\n');
    await writeFile(join(workspace, 'other.txt'), 'Nothing of interest.\n');
    stack = await Stack.start();
  });

  afterAll(async () => {
    await stack.stop();
    await rm(workspace, { recursive: true, force: true });
  });

  it('answers a question about files from the terminal, truthfully, with its tool calls', async () => {
    const question = 'Which files in this workspace mention Redis, and what is in the first of them?';
    const { code, stdout, stderr } = await stack.command('run', question, '--workspace', workspace);
    expect(code).toBe(0);
    expect(stderr).toContain('grep_search');
    expect(stderr).toContain('read_file');
    expect(stdout).toContain('[simulated model]');
    expect(stdout).toContain('notes.md');
    expect(stdout).toContain('State lives in Redis.');
    expect(stdout).not.toContain('other.txt');
  });

  it('prints one event a line with --json, and nothing else', async () => {
    const { code, stdout } = await stack.command('run', 'list the files', '--workspace', workspace, '--json');
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['metadata', 'messages', 'updates', 'end']),
    );
  });

  it('continues a thread', async () => {
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    await streamRun(client, thread, { task: 'hello' });
    await streamRun(client, thread, { task: 'hello again' });
    const messages = await messagesOf(client, thread);
    expect(messages.map(({ type }) => type)).toEqual(['human', 'ai', 'human', 'ai']);
  });

  it('streams words that add up to the answer', async () => {
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    const { events } = await streamRun(client, thread, { task: 'hello' });
    const chunks = events
      .filter(({ event }) => event === 'messages')
      .map(({ data }) => (data as { content: string }[])[0]);
    const answer = textOf((await messagesOf(client, thread)).at(-1));
    expect(chunks.map((chunk) => chunk?.content ?? '').join('')).toBe(answer);
  });

  it('waits for the end of a run, in the form that the SDK knows', async () => {
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    const values = (await client.runs.wait(thread, 'lumina', { input: said('hello') })) as {
      messages: { type: string }[];
    };
    expect(values.messages.map(({ type }) => type)).toEqual(['human', 'ai']);
    const [run] = await client.runs.list(thread);
    expect(run).toMatchObject({ status: 'success', thread_id: thread });
  });

  it('delegates to a subagent and passes its answer on', async () => {
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    const { events, runId } = await streamRun(client, thread, {
      task: 'ask the code-executor to list the files',
    });
    expect(JSON.stringify(events)).toContain('"name":"delegate"');
    const messages = await messagesOf(client, thread);
    expect(messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'ai']);
    const { code, stdout } = await stack.command('explain', runId);
    expect(code).toBe(0);
    expect(stdout).toContain('The run has succeeded.');
  });

  it('answers 50 concurrent runs, each with its own words', async () => {
    const client = clientOf(stack.url, await stack.key());
    const runs = Array.from({ length: 50 }, async (_, index) => {
      const { thread_id: thread } = await client.threads.create();
      const { events } = await streamRun(client, thread, { task: `which files mention "needle-${index}"?` });
      expect(events.at(-1)?.event).toBe('end');
      const answer = textOf((await messagesOf(client, thread)).at(-1));
      expect(answer).toContain(`needle-${index}`);
      return thread;
    });
    expect(new Set(await Promise.all(runs)).size).toBe(50);
  });
});
