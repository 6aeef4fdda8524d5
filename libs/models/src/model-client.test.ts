import { describe, expect, it } from '@jest/globals';
import type { ModelClient, ModelObserver } from './model-client';
import { type ScriptedAnswer, type ScriptedTurn, scriptedModelClient } from './scripted-model-client';
import { delta, finish, json, say, sse, stream, streamHeaders, usage } from './testing/byte-server';
import { Harness, question } from './testing/harness';

interface Subject {
  readonly client: ModelClient;
  readonly close: () => Promise<void>;
}

function eventsOf({ text = '', toolCalls = [], usage: tokens }: ScriptedAnswer): object[] {
  const pieces = typeof text === 'string' ? [text] : text;
  const calls = toolCalls.map(({ name, args, malformed, id }, index) => ({
    index,
    id: id ?? `call_${String(index)}`,
    function: { name, arguments: args === null ? malformed : JSON.stringify(args) },
  }));
  return [
    ...pieces.map(say),
    ...calls.map((call) => delta({ tool_calls: [call] })),
    finish(calls.length > 0 ? 'tool_calls' : 'stop'),
    usage(tokens?.inputTokens ?? 10, tokens?.outputTokens ?? 5),
  ];
}

const statuses = {
  LUM_MODEL_UNAVAILABLE: 503,
  LUM_MODEL_REJECTED: 401,
  LUM_MODEL_UNKNOWN: 404,
  LUM_CONTEXT_TOO_LONG: 418,
} as const;

/** The same turns, played by a server over HTTP. */
async function overHttp(script: readonly ScriptedTurn[]): Promise<Subject> {
  const turns = [...script];
  let turn = 0;
  const harness = await Harness.start(
    (response) => {
      const current = turns[turn];
      if (current === undefined) throw new Error('no more turns');
      if ('fails' in current) {
        json(response, statuses[current.fails], { error: { message: current.message ?? '' } });
      } else if ('hangsAfter' in current) {
        response.writeHead(200, streamHeaders).write(sse(say(current.hangsAfter)));
      } else if (current.discarded !== undefined) {
        response.writeHead(200, streamHeaders).write(sse(say(current.discarded)));
        const { discarded: _, ...rest } = current;
        turns[turn] = rest;
        setImmediate(() => response.destroy());
      } else {
        stream(response, ...eventsOf(current));
        turn += 1;
      }
    },
    { LUMINA_MODEL_ATTEMPTS: '2' },
  );
  return { client: harness.models.client, close: () => harness.close() };
}

const inMemory = (turns: readonly ScriptedTurn[]): Promise<Subject> =>
  Promise.resolve({ client: scriptedModelClient(turns), close: () => Promise.resolve() });

/** Notes everything in order. */
function recorder(onText: (text: string) => void = () => undefined) {
  const events: string[] = [];
  const observer: ModelObserver = {
    onText: (text) => {
      events.push(text);
      onText(text);
    },
    onRestart: (reason) => {
      expect(reason).not.toBe('');
      events.length = 0;
      events.push('restart');
    },
  };
  return { events, observer };
}

describe.each([
  ['over HTTP', overHttp],
  ['scripted', inMemory],
])('a model client %s', (_, start) => {
  const chain = ['openai/m'];
  const never = (): AbortSignal => new AbortController().signal;

  it('shows text as it comes and answers with the whole', async () => {
    const { client, close } = await start([
      { text: ['It ', 'rains.'], usage: { inputTokens: 7, outputTokens: 3 } },
    ]);
    const { events, observer } = recorder();
    const outcome = await client.answer(chain, question, observer, never());
    expect(events).toEqual(['It ', 'rains.']);
    expect(outcome).toMatchObject({
      kind: 'answered',
      answer: {
        message: { content: 'It rains.', toolCalls: [] },
        usage: { inputTokens: 7, outputTokens: 3 },
        finishReason: 'stop',
        model: 'openai/m',
        attempts: 1,
        isUsageEstimated: false,
      },
    });
    await close();
  });

  it('asks for tools', async () => {
    const toolCalls = [
      { id: 'a', name: 'add', args: { x: 1 } },
      { id: 'b', name: 'sub', args: null, malformed: '{"x":' },
    ];
    const { client, close } = await start([{ toolCalls }]);
    const outcome = await client.answer(chain, question, recorder().observer, never());
    expect(outcome).toMatchObject({
      kind: 'answered',
      answer: { message: { content: '', toolCalls }, finishReason: 'tool_calls' },
    });
    await close();
  });

  it('answers one question after another', async () => {
    const { client, close } = await start([{ text: 'one' }, { text: 'two' }]);
    const contents: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const outcome = await client.answer(chain, question, recorder().observer, never());
      if (outcome.kind === 'answered') contents.push(outcome.answer.message.content);
    }
    expect(contents).toEqual(['one', 'two']);
    await close();
  });

  it.each(['LUM_MODEL_UNAVAILABLE', 'LUM_MODEL_REJECTED', 'LUM_MODEL_UNKNOWN'] as const)(
    'fails with %s',
    async (code) => {
      const { client, close } = await start([{ fails: code }]);
      const outcome = await client.answer(chain, question, recorder().observer, never());
      expect(outcome).toMatchObject({ kind: 'failed', code });
      await close();
    },
  );

  it('makes void what it showed before it begins an answer of a given form anew', async () => {
    const { client, close } = await start([{ discarded: 'It sno', text: ['It ', 'rains.'] }]);
    const { events, observer } = recorder();
    const formed = {
      ...question,
      answerFormat: { type: 'json_schema', name: 'report', schema: {} } as const,
    };
    const outcome = await client.answer(chain, formed, observer, never());
    expect(events).toEqual(['restart', 'It ', 'rains.']);
    expect(outcome).toMatchObject({ kind: 'answered', answer: { message: { content: 'It rains.' } } });
    await close();
  });

  it('stops when it is told to, before and during an answer', async () => {
    const { client, close } = await start([{ hangsAfter: 'It ' }]);
    const before = await client.answer(chain, question, recorder().observer, AbortSignal.abort());
    expect(before).toEqual({ kind: 'aborted' });
    const controller = new AbortController();
    const { events, observer } = recorder(() => {
      controller.abort();
    });
    expect(await client.answer(chain, question, observer, controller.signal)).toEqual({ kind: 'aborted' });
    expect(events).toEqual(['It ']);
    await close();
  });

  it('rejects an empty chain, which is a bug', async () => {
    const { client, close } = await start([{ text: 'x' }]);
    await expect(client.answer([], question, recorder().observer, never())).rejects.toThrow('at least one');
    await close();
  });
});

describe('the scripted client alone', () => {
  it('records what it was asked, plays functions of the request, and says when its script is over', async () => {
    const client = scriptedModelClient([
      ({ system }) => ({ text: system, toolCalls: [{ name: 'a', args: {} }] }),
    ]);
    const ask = () => client.answer(['a/b'], question, recorder().observer, new AbortController().signal);
    const outcome = await ask();
    expect(outcome.kind === 'answered' && outcome.answer.message.content).toBe('Be brief.');
    expect(outcome.kind === 'answered' && outcome.answer.message.toolCalls[0]?.id).toMatch(/^call_/);
    expect(client.asked).toEqual([{ chain: ['a/b'], request: question }]);
    await expect(ask()).rejects.toThrow('the script has no turn 2');
  });

  it('stops between two pieces and while it hangs', async () => {
    const client = scriptedModelClient([{ text: ['a', 'b'] }, { hangsAfter: '' }]);
    const first = new AbortController();
    const { events, observer } = recorder(() => {
      first.abort();
    });
    expect(await client.answer(['a/b'], question, observer, first.signal)).toEqual({ kind: 'aborted' });
    expect(events).toEqual(['a']);
    const second = new AbortController();
    const pending = client.answer(['a/b'], question, observer, second.signal);
    setTimeout(() => {
      second.abort();
    }, 5);
    expect(await pending).toEqual({ kind: 'aborted' });
  });
});
