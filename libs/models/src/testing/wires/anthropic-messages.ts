import { type Asked, type AskedTurn, type Wire, type WireAnswer, namedEvents, parsedArgs } from './wire';

const stopOf = ({ reason = 'stop', calls = [] }: WireAnswer): string => {
  if (calls.length > 0) return 'tool_use';
  return { stop: 'end_turn', length: 'max_tokens', content_filter: 'refusal' }[reason];
};

/** What comes from the cache stands beside the other input. */
const usageOf = ({ input = 11, cached = 0 }: WireAnswer, output: number): object => ({
  input_tokens: input - cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cached,
  output_tokens: output,
  service_tier: 'standard',
});

const messageOf = (more: object): object => ({
  id: 'msg_9',
  type: 'message',
  role: 'assistant',
  model: 'm-2026',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  ...more,
});

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

function blockEvents(answer: WireAnswer): readonly Event[] {
  const { pieces, calls = [] } = answer;
  const before = pieces === undefined ? 0 : 1;
  const said: readonly Event[] =
    pieces === undefined
      ? []
      : [
          { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
          { type: 'ping' },
          ...pieces.map((text) => ({
            type: 'content_block_delta',
            index: 0,
            delta: { type: 'text_delta', text },
          })),
          { type: 'content_block_stop', index: 0 },
        ];
  const called = calls.flatMap(({ id, name, args }, n): readonly Event[] => {
    const index = before + n;
    const block = { type: 'tool_use', id, name, input: {} };
    return [
      { type: 'content_block_start', index, content_block: block },
      ...['', ...args].map((piece) => ({
        type: 'content_block_delta',
        index,
        delta: { type: 'input_json_delta', partial_json: piece },
      })),
      { type: 'content_block_stop', index },
    ];
  });
  return [...said, ...called];
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly tool_use_id?: string;
  readonly content?: string;
  readonly source?: {
    readonly type: string;
    readonly url?: string;
    readonly media_type?: string;
    readonly data?: string;
  };
}

interface MessagesBody {
  readonly model: string;
  readonly system?: readonly { readonly text: string }[];
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: readonly Block[] }[];
  readonly tools?: readonly { readonly name: string; readonly input_schema: unknown }[];
  readonly max_tokens: number;
  readonly temperature?: number;
  readonly output_config?: { readonly format: { readonly schema: unknown } };
}

const imageOf = ({ source }: Block): readonly string[] => {
  if (source === undefined) return [];
  return [source.url ?? `data:${source.media_type ?? ''};base64,${source.data ?? ''}`];
};

/** A user's turn may hold answers of tools and words. */
function turnsOf({ role, content }: MessagesBody['messages'][number]): readonly AskedTurn[] {
  const results = content
    .filter(({ type }) => type === 'tool_result')
    .map((block): AskedTurn => ({ role: 'tool', text: block.content ?? '', of: block.tool_use_id ?? '' }));
  const words = content.filter(({ type }) => type !== 'tool_result');
  if (words.length === 0) return results;
  const calls = words.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name ?? '', args: block.input }] : [],
  );
  const images = words.flatMap(imageOf);
  const said: AskedTurn = {
    role,
    text: words.map((block) => block.text ?? '').join(''),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { calls }),
  };
  return [...results, said];
}

export const anthropicMessagesWire: Wire = {
  provider: 'anthropic',
  contentType: 'text/event-stream; charset=utf-8',
  path: '/v1/messages',
  listPath: '/v1/models',
  requestIdHeader: 'request-id',
  answerId: 'msg_9',
  env: (url, keys = 'sk-ant-a') => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: keys }),
  keyIn: (headers) => headers['x-api-key']?.toString(),
  events: (answer) =>
    namedEvents(
      { type: 'message_start', message: messageOf({ usage: usageOf(answer, 1) }) } as Event,
      ...blockEvents(answer),
      {
        type: 'message_delta',
        delta: { stop_reason: stopOf(answer), stop_sequence: null },
        usage: { output_tokens: answer.output ?? 7 },
      } as Event,
      { type: 'message_stop' },
    ),
  whole: (answer) => {
    const { pieces, calls = [], output = 7 } = answer;
    const said = pieces === undefined ? [] : [{ type: 'text', text: pieces.join('') }];
    const called = calls.map(({ id, name, args }) => ({
      type: 'tool_use',
      id,
      name,
      input: parsedArgs(args),
    }));
    return JSON.stringify(
      messageOf({
        content: [...said, ...called],
        stop_reason: stopOf(answer),
        usage: usageOf(answer, output),
      }),
    );
  },
  innerError: (message) =>
    namedEvents({ type: 'error', error: { type: 'overloaded_error', message } } as Event).join(''),
  refusal: (status, message) => {
    const type = {
      400: 'invalid_request_error',
      401: 'authentication_error',
      404: 'not_found_error',
      429: 'rate_limit_error',
      529: 'overloaded_error',
    };
    const kind = type[status as keyof typeof type] ?? 'api_error';
    return JSON.stringify({ type: 'error', error: { type: kind, message }, request_id: 'req_9' });
  },
  tooLong: () => ({
    status: 400,
    body: JSON.stringify({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 209000 tokens > 200000 maximum' },
    }),
  }),
  list: (...names) =>
    JSON.stringify({ data: names.map((id) => ({ type: 'model', id, display_name: id })), has_more: false }),
  asked: (text): Asked => {
    const body = JSON.parse(text) as MessagesBody;
    return {
      model: body.model,
      system: (body.system ?? []).map((block) => block.text).join(''),
      turns: body.messages.flatMap(turnsOf),
      tools: (body.tools ?? []).map(({ name, input_schema: schema }) => ({ name, schema })),
      maxOutputTokens: body.max_tokens,
      temperature: body.temperature,
      outputSchema: body.output_config?.format.schema,
    };
  },
};
