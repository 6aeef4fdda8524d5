import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, type Message } from '@langchain/langgraph-sdk';
import { Command, MemorySaver, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { RemoteGraph } from '@langchain/langgraph/remote';
import { eventually } from '@lumina/testing';
import { type PageSite, hasChromium, servePage, visit } from './browser/browser-page';
import { said, textOf } from './conversation';
import { LangGraphStack } from './langgraph-stack';
import { type Page, openPage } from './page';

jest.setTimeout(60_000);

const approve = { decisions: [{ type: 'approve' }] };

interface Params {
  readonly namespace: readonly string[];
  readonly data: unknown;
}

const isRunEnd = ({ method, params: { namespace, data } }: { method: string; params: Params }): boolean =>
  method === 'lifecycle' && namespace.length === 0 && (data as { event: string }).event === 'completed';

let lumina: LangGraphStack;
let client: Client;
let site: PageSite;
beforeAll(async () => {
  site = await servePage();
  lumina = await LangGraphStack.start({ LUMINA_CORS_ORIGINS: site.origin });
  client = new Client({ apiUrl: lumina.url, apiKey: lumina.key });
});
afterAll(async () => {
  await lumina.stop();
  await site.close();
});

describe('RemoteGraph', () => {
  const remote = () => new RemoteGraph({ graphId: 'lumina', url: lumina.url, apiKey: lumina.key });
  const contents = (state: { messages: readonly { content: unknown }[] }) =>
    state.messages.map(({ content }) => content);

  it('invokes, streams, asks a person and goes on, and knows its state', async () => {
    const graph = remote();
    const { thread_id: thread } = await client.threads.create();
    const config = { configurable: { thread_id: thread } };
    const modes: string[] = [];
    const streamed = (async () => {
      const options = { ...config, streamMode: ['updates' as const, 'values' as const] };
      for await (const [mode] of await graph.stream(said('look around'), options)) modes.push(String(mode));
    })();
    // This is how an interrupt leaves a remote graph: as one of the graph that holds it.
    await expect(streamed).rejects.toMatchObject({ name: 'GraphInterrupt' });
    expect(modes).toEqual(['values', 'updates', 'values']);
    const waiting = await graph.getState(config);
    expect(waiting.next).toEqual(['tools']);
    expect(waiting.tasks[0]?.interrupts[0]?.value).toMatchObject({
      action_requests: [{ name: 'list_directory' }],
    });
    const done = (await graph.invoke(new Command({ resume: approve }), config)) as {
      messages: { content: string }[];
    };
    expect(String(contents(done).at(-1))).toMatch(/^It said: /);
    const history = [];
    for await (const state of graph.getStateHistory(config)) history.push(state);
    expect(history.length).toBe(4);
    const drawn = await graph.getGraphAsync();
    expect(Object.keys(drawn.nodes)).toContain('agent');
  });

  it('is a node of a graph that runs elsewhere', async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('lumina', remote())
      .addEdge('__start__', 'lumina')
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: '3c1ff3ad-0a3c-4d5c-9a55-6c756d696e61' } };
    const { messages } = await graph.invoke(said('hello'), config);
    expect(messages.at(-1)?.content).toBe('fine');
  });
});

describe('client.threads.stream', () => {
  it('starts a run, hears it, answers what it asks, and hears the rest', async () => {
    const { thread_id: id } = await client.threads.create();
    const thread = client.threads.stream(id, { assistantId: 'lumina' });
    const heard: { readonly method: string; readonly params: Params }[] = [];
    const subscription = await thread.subscribe({
      channels: ['lifecycle', 'values', 'messages', 'tools', 'input', 'updates', 'checkpoints'],
    });
    // A subscription pauses where a run ends or asks, and is read on when the run goes on.
    const hear = async (): Promise<void> => {
      for await (const event of subscription) heard.push(event);
    };
    const { run_id: run } = await thread.run.start({ input: said('look around') });
    expect(run).toMatch(/^[0-9a-f-]{36}$/);
    await hear();
    expect(thread.interrupts).toHaveLength(1);
    const [asked] = thread.interrupts;
    await thread.input.respond({ namespace: [], interrupt_id: asked?.interruptId ?? '', response: approve });
    await hear();
    expect(heard.some(isRunEnd)).toBe(true);
    const values = heard.filter(({ method }) => method === 'values').at(-1)?.params.data;
    expect(textOf((values as { messages: Message[] }).messages.at(-1))).toMatch(/^It said: /);
    const { checkpoints } = await thread.state.listCheckpoints({ namespace: [] });
    expect(checkpoints).toHaveLength(4);
    expect(await thread.state.get({ namespace: [] })).toMatchObject({
      values: { messages: [{}, {}, {}, {}] },
      checkpoint: { id: (await client.threads.getState(id)).checkpoint.checkpoint_id },
    });
    const first = checkpoints.at(-1)?.id ?? '';
    const fork = await thread.state.fork({ checkpoint_id: first, input: said('hello') });
    expect(fork).toMatchObject({ thread_id: id });
    await thread.close();
    expect(new Set(heard.map(({ method }) => method))).toEqual(
      new Set([
        'lifecycle',
        'values',
        'messages',
        'tools',
        'input.requested',
        'input.answered',
        'updates',
        'checkpoints',
      ]),
    );
  });

  it('says in the words of the protocol what it cannot do', async () => {
    const { thread_id: id } = await client.threads.create();
    const thread = client.threads.stream(id, { assistantId: 'lumina' });
    await expect(thread.run.start({ input: { messages: [] } })).rejects.toThrow(/invalid_argument|messages/);
    const unknown = { namespace: [], interrupt_id: 'x', response: approve };
    await expect(thread.input.respond(unknown)).rejects.toThrow(/no_such_interrupt|waits/);
    await expect(thread.agent.getTree()).rejects.toThrow(/unknown_command|agent.getTree/);
    await thread.close();
  });
});

describe('useStream of @langchain/react in a real browser', () => {
  if (!hasChromium()) {
    process.stderr.write(
      'no Chromium (apt-get install chromium): useStream is not tried in a real browser\n',
    );
    return;
  }

  it('holds a conversation with an approval, on a page of another origin', async () => {
    site.options = { apiUrl: lumina.url, apiKey: lumina.key, assistantId: 'lumina' };
    const { page: real, complaints, close } = await visit(site.origin);
    try {
      const say = async (text: string): Promise<void> => {
        await real.fill('#text', text);
        await real.click('#send');
      };
      const shows = (text: string) => real.getByText(text).first().waitFor({ timeout: 20_000 });
      await say('count');
      await shows('ai: one two three four five six seven eight');
      await shows('idle');
      await say('look around');
      await real.locator('#asked', { hasText: 'list_directory' }).waitFor({ timeout: 20_000 });
      await real.click('#approve');
      await shows('ai: It said: ');
      await shows('idle');
      expect(await real.locator('#asked').count()).toBe(0);
      expect(await real.getByText(/^human: /).allTextContents()).toEqual([
        'human: count',
        'human: look around',
      ]);
      expect([complaints, await real.locator('#error').count()]).toEqual([[], 0]);
      // A page of an origin that is not named gets nothing.
      await real.goto(site.origin.replace('127.0.0.1', 'localhost'));
      const refused = real.evaluate(async (url) => (await fetch(`${url}/ok`)).status, lumina.url);
      await expect(refused).rejects.toThrow('Failed to fetch');
    } finally {
      await close();
    }
  });
});

describe('useStream of @langchain/react in a window without a browser', () => {
  let page: Page;
  afterAll(() => page.close());

  it('holds a conversation with an approval', async () => {
    page = await openPage({ apiUrl: lumina.url, apiKey: lumina.key, assistantId: 'lumina' });
    page.say('count');
    await eventually('it is answered', () =>
      page.text().includes('ai: one two three four five six seven eight'),
    );
    await eventually('it is idle', () => page.text().startsWith('idle'));
    page.say('look around');
    await eventually('it asks', () => page.text().includes('asks: list_directory'));
    page.respond(approve);
    await eventually('it has looked', () => page.text().includes('ai: It said: '));
    await eventually('it is idle', () => page.text().startsWith('idle'));
    expect(page.text()).not.toContain('asks:');
    expect(page.text().match(/human: /g)).toHaveLength(2);
    expect(page.errors).toEqual([]);
  });
});
