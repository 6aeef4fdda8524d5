import { type Asked, type AskedTurn, type Wire, type WireAnswer, events } from './wire';

const head = { id: 'chatcmpl-9', object: 'chat.completion.chunk', created: 1764000000, model: 'm-2026' };
const chunk = (delta: object, finish: string | null = null): object => ({
  ...head,
  service_tier: 'default',
  system_fingerprint: 'fp_1',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  usage: null,
});

const finishOf = ({ reason = 'stop', calls = [] }: WireAnswer): string =>
  calls.length > 0 ? 'tool_calls' : reason;

const usageOf = ({ input = 11, output = 7, cached = 0 }: WireAnswer): object => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
});

/** All calls begin before the first has ended: their pieces are told apart by index alone. */
function callChunks(calls: NonNullable<WireAnswer['calls']>): readonly object[] {
  const begun = calls.map(({ id, name }, index) =>
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
  );
  const longest = Math.max(0, ...calls.map(({ args }) => args.length));
  const rest = Array.from({ length: longest }, (_, n) =>
    calls.flatMap(({ args }, index) => {
      const piece = args[n];
      return piece === undefined ? [] : [chunk({ tool_calls: [{ index, function: { arguments: piece } }] })];
    }),
  );
  return [...begun, ...rest.flat()];
}

interface ChatBody {
  readonly model: string;
  readonly messages: readonly {
    readonly role: 'system' | 'user' | 'assistant' | 'tool';
    readonly content: string | null | readonly { text?: string; image_url?: { url: string } }[];
    readonly tool_calls?: readonly {
      readonly function: { readonly name: string; readonly arguments: string };
    }[];
    readonly tool_call_id?: string;
  }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
  readonly max_tokens: number;
  readonly temperature?: number;
  readonly response_format?: { readonly json_schema: { readonly schema: unknown } };
}

function turnOf({
  role,
  content,
  tool_calls: calls,
  tool_call_id: of,
}: ChatBody['messages'][number]): AskedTurn {
  const parts = typeof content === 'string' || content === null ? [{ text: content ?? '' }] : content;
  const images = parts.flatMap((part) => ('image_url' in part && part.image_url ? [part.image_url.url] : []));
  return {
    role: role === 'system' ? 'user' : role,
    text: parts.map(({ text = '' }) => text).join(''),
    ...(images.length === 0 ? {} : { images }),
    ...(of === undefined ? {} : { of }),
    ...(calls === undefined
      ? {}
      : {
          calls: calls.map(({ function: f }) => ({ name: f.name, args: JSON.parse(f.arguments) as unknown })),
        }),
  };
}

export const openAiChatWire: Wire = {
  provider: 'openai',
  contentType: 'text/event-stream; charset=utf-8',
  path: '/v1/chat/completions',
  listPath: '/v1/models',
  requestIdHeader: 'x-request-id',
  answerId: 'chatcmpl-9',
  env: (url, keys = 'sk-a') => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: keys }),
  keyIn: ({ authorization }) => authorization?.toString().replace('Bearer ', ''),
  events: (answer) => [
    ...events(
      chunk({ role: 'assistant', content: '', refusal: null }),
      ...(answer.pieces ?? []).map((content) => chunk({ content })),
      ...callChunks(answer.calls ?? []),
      chunk({}, finishOf(answer)),
      { ...head, choices: [], usage: usageOf(answer) },
    ),
    'data: [DONE]\n\n',
  ],
  whole: (answer) => {
    const calls = (answer.calls ?? []).map(({ id, name, args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args.join('') },
    }));
    const message = {
      role: 'assistant',
      content: answer.pieces?.join('') ?? null,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
    const choice = { index: 0, message, finish_reason: finishOf(answer) };
    return JSON.stringify({ ...head, object: 'chat.completion', choices: [choice], usage: usageOf(answer) });
  },
  innerError: (message) => events({ error: { message, type: 'server_error', code: null } }).join(''),
  refusal: (status, message) =>
    JSON.stringify({
      error: { message, type: status === 429 ? 'rate_limit' : 'error', param: null, code: null },
    }),
  tooLong: () => ({
    status: 400,
    body: JSON.stringify({
      error: {
        message: "This model's maximum context length is 8192 tokens. Your messages resulted in 9000 tokens.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    }),
  }),
  list: (...names) =>
    JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model', owned_by: 'x' })) }),
  asked: (text): Asked => {
    const body = JSON.parse(text) as ChatBody;
    const [first, ...rest] = body.messages;
    const hasSystem = first?.role === 'system';
    return {
      model: body.model,
      system: hasSystem && typeof first.content === 'string' ? first.content : '',
      turns: (hasSystem ? rest : body.messages).map(turnOf),
      tools: (body.tools ?? []).map(({ function: f }) => ({ name: f.name, schema: f.parameters })),
      maxOutputTokens: body.max_tokens,
      temperature: body.temperature,
      outputSchema: body.response_format?.json_schema.schema,
    };
  },
};
