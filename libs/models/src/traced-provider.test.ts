import { describe, expect, it } from '@jest/globals';
import { type SpanAttributes, type Tracing, spanNames, traceparentOf } from '@lumina/platform';
import type { ModelRequest } from './model-client';
import type { AskOutcome, ModelProvider } from './provider';
import { TracedProvider } from './traced-provider';

const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
const own = { ...parent, spanId: 'c'.repeat(16) };

const request: ModelRequest = {
  system: 'be kind',
  messages: [
    { role: 'user', id: 'u', content: 'secret words' },
    {
      role: 'assistant',
      id: 'a',
      content: '',
      toolCalls: [{ id: 'c1', name: 'read_file', args: { path: 'x' } }],
    },
    { role: 'tool', id: 't', toolCallId: 'c1', name: 'read_file', content: 'inside', isError: false },
  ],
  tools: [],
  maxOutputTokens: 100,
  sampling: { temperature: 0.2 },
  traceparent: traceparentOf(parent),
};

const replied: AskOutcome = {
  kind: 'replied',
  reply: {
    content: 'the answer',
    toolCalls: [],
    usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 3 },
    isUsageEstimated: false,
    finishReason: 'stop',
    requestId: 'req-1',
    durationMs: 40,
    timeToFirstTokenMs: 20,
  },
};

interface Options {
  readonly showsContent?: boolean;
  readonly tellsProvider?: boolean;
  readonly outcome?: AskOutcome;
}

async function asked({ showsContent = false, tellsProvider = false, outcome = replied }: Options = {}) {
  const spans: { name: string; attributes: SpanAttributes; ended?: string }[] = [];
  const heard: (string | undefined)[] = [];
  const tracing: Tracing = {
    close: () => Promise.resolve(),
    start: (name, { attributes = {} }) => {
      const span: (typeof spans)[number] = { name, attributes: { ...attributes } };
      spans.push(span);
      return {
        context: own,
        traceparent: traceparentOf(own),
        set: (more) => Object.assign(span.attributes, more),
        end: (errorType = 'ok') => (span.ended ??= errorType),
      };
    },
  };
  const provider: ModelProvider = {
    id: 'openai',
    hasKeys: true,
    ask: (_model, { traceparent }) => {
      heard.push(traceparent);
      return Promise.resolve(outcome);
    },
    list: () => Promise.resolve({ kind: 'listed', models: [] }),
    checkKeys: () => Promise.resolve([]),
  };
  const traced = new TracedProvider(provider, { tracing, showsContent, tellsProvider });
  const ask = (asks: ModelRequest) =>
    traced.ask('gpt-5', asks, () => undefined, new AbortController().signal);
  return { spans, heard, ask };
}

describe('a request to a model', () => {
  it('is a span that says what was used, and nothing that was said', async () => {
    const { ask, spans, heard } = await asked();
    await ask(request);
    expect(spans).toEqual([
      {
        name: 'chat gpt-5',
        ended: 'ok',
        attributes: expect.objectContaining({
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-5',
          'gen_ai.request.max_tokens': 100,
          'gen_ai.request.temperature': 0.2,
          'gen_ai.usage.input_tokens': 5,
          'gen_ai.usage.output_tokens': 2,
          'gen_ai.usage.cache_read.input_tokens': 3,
          'gen_ai.response.id': 'req-1',
          'gen_ai.response.finish_reasons': ['stop'],
        }),
      },
    ]);
    expect(JSON.stringify(spans)).not.toMatch(/secret words|be kind|inside|the answer/);
    expect(heard).toEqual([undefined]);
  });

  it('tells the provider of its span only where that is wanted', async () => {
    const { ask, heard } = await asked({ tellsProvider: true });
    await ask(request);
    expect(heard).toEqual([traceparentOf(own)]);
  });

  it('shows prompt and answer only where that is wanted', async () => {
    const { ask, spans } = await asked({ showsContent: true });
    await ask(request);
    const attributes = spans[0]?.attributes ?? {};
    expect(JSON.parse(String(attributes[spanNames.inputMessages]))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'secret words' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: '' },
          { type: 'tool_call', id: 'c1', name: 'read_file', arguments: { path: 'x' } },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'inside' }] },
    ]);
    expect(attributes[spanNames.outputMessages]).toContain('the answer');
    expect(attributes[spanNames.systemInstructions]).toContain('be kind');
  });

  it.each<[string, AskOutcome]>([
    ['cancelled', { kind: 'aborted' }],
    [
      'timeout',
      {
        kind: 'failed',
        failure: { code: 'LUM_MODEL_UNAVAILABLE', message: 'x', remedy: 'retry', isTimeout: true },
      },
    ],
    [
      'LUM_MODEL_REJECTED',
      { kind: 'failed', failure: { code: 'LUM_MODEL_REJECTED', message: 'x', remedy: 'give-up' } },
    ],
  ])('that came to nothing says so: %s', async (errorType, outcome) => {
    const { ask, spans } = await asked({ outcome });
    await ask(request);
    expect(spans).toMatchObject([{ ended: errorType }]);
  });

  it('of a run that is not traced is none', async () => {
    const { ask, spans, heard } = await asked({ tellsProvider: true });
    const { traceparent: _none, ...untraced } = request;
    await ask(untraced);
    expect([spans, heard]).toEqual([[], [undefined]]);
  });
});
