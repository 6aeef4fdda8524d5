import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Client } from '@langchain/langgraph-sdk';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { answersByCall, clientOf, messagesOf, streamRun, textOf } from './conversation';
import { Stack } from './stack';

jest.setTimeout(90_000);

const slowAgent = `
turns:
  - before_headers_ms: 400
    tool_calls:
      - { name: list_directory, args: {} }
      - { name: tree_view, args: {} }
  - before_headers_ms: 400
    tool_calls:
      - { name: file_search, args: { pattern: '*' } }
  - text: 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'
    tokens_per_second: 10
`;

const wholeAnswer =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';

describe('a run outlives the processes that work on it', () => {
  let sim: ModelSim;
  let stack: Stack;
  let client: Client;

  beforeAll(async () => {
    sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario: parseScenario(slowAgent) });
    // The endpoint is configured as any other OpenAI-compatible one would be.
    const environment = { OPENAI_BASE_URL: `${sim.url}/v1`, LUMINA_LEASE: '1500ms' };
    stack = await Stack.start({ replicas: 2, environment });
    client = clientOf(stack.url, await stack.key());
  });

  afterAll(async () => {
    await stack.stop();
    await sim.close();
  });

  async function runWhile(
    disturb: (thread: string, seen: (event: string) => Promise<void>) => Promise<void>,
  ) {
    const { thread_id: thread } = await client.threads.create();
    const waiting: { event: string; resolve: () => void }[] = [];
    const seen = (event: string): Promise<void> =>
      new Promise((resolve) => {
        waiting.push({ event, resolve });
      });
    const onEvent = ({ event, data }: { event: string; data: unknown }): void => {
      const text = `${event} ${JSON.stringify(data)}`;
      for (const wait of waiting) if (text.includes(wait.event)) wait.resolve();
    };
    const disturbance = disturb(thread, seen);
    const run = await streamRun(client, thread, { task: `work in ${thread}`, onEvent });
    await disturbance;
    return { run, messages: await messagesOf(client, thread) };
  }

  function expectWhole(messages: Awaited<ReturnType<typeof messagesOf>>): void {
    expect(messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'tool', 'ai', 'tool', 'ai']);
    expect(textOf(messages.at(-1))).toBe(wholeAnswer);
    const answers = answersByCall(messages);
    expect(answers.size).toBe(3);
    expect([...answers.values()]).toEqual([1, 1, 1]);
  }

  it('when every orchestrator is killed while the model is asked', async () => {
    const { run, messages } = await runWhile(async (_thread, seen) => {
      await seen('metadata');
      await stack.killAll('agent-orchestrator');
    });
    expectWhole(messages);
    expect(run.events.at(-1)?.event).toBe('end');
  });

  it('when every orchestrator is killed in the middle of the answer, and the client reads it once', async () => {
    const { run, messages } = await runWhile(async (_thread, seen) => {
      await seen('three');
      await stack.killAll('agent-orchestrator');
    });
    expectWhole(messages);
    const finalId = messages.at(-1)?.id;
    const removed = run.events.filter(({ data }) => JSON.stringify(data).includes('"type":"remove"'));
    expect(removed).toHaveLength(1);
    const words = run.events
      .filter(({ event }) => event === 'messages')
      .map(({ data }) => (data as [{ id: string; type: string; content: string }])[0])
      .filter(({ id, type }) => id === finalId && type === 'ai');
    expect(words.map(({ content }) => content).join('')).toBe(wholeAnswer);
  });

  it('when every executor is killed before it can take a call', async () => {
    const { messages } = await runWhile(async (_thread, seen) => {
      await seen('metadata');
      await stack.killAll('tool-executor');
    });
    expectWhole(messages);
  });

  it('when the gateway is killed, and the client comes back with its cursor', async () => {
    const { run, messages } = await runWhile(async (_thread, seen) => {
      await seen('two');
      await stack.killAll('gateway');
    });
    expectWhole(messages);
    const words = run.events
      .filter(({ event }) => event === 'messages')
      .map(({ data }) => (data as [{ type: string; content: string }])[0])
      .filter(({ type }) => type === 'ai');
    expect(words.map(({ content }) => content).join('')).toBe(wholeAnswer);
  });
});
