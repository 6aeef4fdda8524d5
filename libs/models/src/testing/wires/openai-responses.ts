import { type Asked, type AskedTurn, type Wire, type WireAnswer, type WireCall, namedEvents } from './wire';

const statusOf = ({ reason = 'stop' }: WireAnswer): 'completed' | 'incomplete' =>
  reason === 'stop' ? 'completed' : 'incomplete';

const detailsOf = ({ reason = 'stop' }: WireAnswer): object | null =>
  reason === 'stop' ? null : { reason: reason === 'length' ? 'max_output_tokens' : reason };

const usageOf = ({ input = 11, output = 7, cached = 0 }: WireAnswer): object => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + output,
});

const textPart = (text: string): object => ({ type: 'output_text', text, annotations: [] });
const messageItem = (status: string, ...content: readonly object[]): object => ({
  id: 'msg_1',
  type: 'message',
  status,
  role: 'assistant',
  content,
});
const callItem = ({ id, name }: WireCall, status: string, args: string): object => ({
  id: `fc_${id}`,
  type: 'function_call',
  status,
  call_id: id,
  name,
  arguments: args,
});

function outputOf({ pieces, calls = [] }: WireAnswer): readonly object[] {
  const said = pieces === undefined ? [] : [messageItem('completed', textPart(pieces.join('')))];
  return [...said, ...calls.map((call) => callItem(call, 'completed', call.args.join('')))];
}

const response = (status: string, more: object = {}): object => ({
  id: 'resp_9',
  object: 'response',
  created_at: 1764000000,
  status,
  error: null,
  incomplete_details: null,
  model: 'm-2026',
  output: [],
  parallel_tool_calls: true,
  usage: null,
  ...more,
});

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

function messageEvents(pieces: readonly string[]): readonly Event[] {
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const text = pieces.join('');
  return [
    { type: 'response.output_item.added', output_index: 0, item: messageItem('in_progress') },
    { type: 'response.content_part.added', ...place, part: textPart('') },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: textPart(text) },
    { type: 'response.output_item.done', output_index: 0, item: messageItem('completed', textPart(text)) },
  ];
}

function callEvents(call: WireCall, index: number): readonly Event[] {
  const place = { item_id: `fc_${call.id}`, output_index: index };
  const args = call.args.join('');
  return [
    { type: 'response.output_item.added', output_index: index, item: callItem(call, 'in_progress', '') },
    ...call.args.map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, name: call.name, arguments: args },
    { type: 'response.output_item.done', output_index: index, item: callItem(call, 'completed', args) },
  ];
}

function eventsOf(answer: WireAnswer): readonly Event[] {
  const before = answer.pieces === undefined ? 0 : 1;
  const status = statusOf(answer);
  const end = { output: outputOf(answer), usage: usageOf(answer), incomplete_details: detailsOf(answer) };
  const all: readonly Event[] = [
    { type: 'response.created', response: response('in_progress') },
    { type: 'response.in_progress', response: response('in_progress') },
    ...(answer.pieces === undefined ? [] : messageEvents(answer.pieces)),
    ...(answer.calls ?? []).flatMap((call, n) => callEvents(call, before + n)),
    { type: `response.${status}`, response: response(status, end) },
  ];
  return all.map((event, n) => ({ ...event, sequence_number: n }));
}

interface Item {
  readonly type: string;
  readonly role?: 'user' | 'assistant';
  readonly content?: readonly { readonly text?: string; readonly image_url?: string }[];
  readonly name?: string;
  readonly arguments?: string;
  readonly call_id?: string;
  readonly output?: string;
}

interface ResponsesBody {
  readonly model: string;
  readonly instructions?: string;
  readonly input: readonly Item[];
  readonly tools?: readonly { readonly name: string; readonly parameters: unknown }[];
  readonly max_output_tokens: number;
  readonly temperature?: number;
  readonly text?: { readonly format: { readonly schema: unknown } };
}

/** Calls stand beside the words that came with them. */
function turnsOf(items: readonly Item[]): readonly AskedTurn[] {
  const turns: AskedTurn[] = [];
  for (const item of items) {
    const last = turns.at(-1);
    if (item.type === 'function_call') {
      const call = { name: item.name ?? '', args: JSON.parse(item.arguments ?? '') as unknown };
      if (last?.role === 'assistant')
        turns[turns.length - 1] = { ...last, calls: [...(last.calls ?? []), call] };
      else turns.push({ role: 'assistant', text: '', calls: [call] });
    } else if (item.type === 'function_call_output') {
      turns.push({ role: 'tool', text: item.output ?? '', of: item.call_id ?? '' });
    } else {
      const parts = item.content ?? [];
      const images = parts.flatMap(({ image_url: url }) => url ?? []);
      const text = parts.map((part) => part.text ?? '').join('');
      turns.push({ role: item.role ?? 'user', text, ...(images.length === 0 ? {} : { images }) });
    }
  }
  return turns;
}

export const openAiResponsesWire: Wire = {
  provider: 'openai-responses',
  contentType: 'text/event-stream; charset=utf-8',
  path: '/v1/responses',
  listPath: '/v1/models',
  requestIdHeader: 'x-request-id',
  answerId: 'resp_9',
  env: (url, keys = 'sk-a') => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: keys }),
  keyIn: ({ authorization }) => authorization?.toString().replace('Bearer ', ''),
  events: (answer) => namedEvents(...eventsOf(answer)),
  whole: (answer) => {
    const status = statusOf(answer);
    return JSON.stringify(
      response(status, {
        output: outputOf(answer),
        usage: usageOf(answer),
        incomplete_details: detailsOf(answer),
      }),
    );
  },
  innerError: (message) =>
    namedEvents({
      type: 'response.failed',
      response: response('failed', { error: { code: 'server_error', message } }),
      sequence_number: 9,
    } as Event).join(''),
  refusal: (_, message) => JSON.stringify({ error: { message, type: 'error', param: null, code: null } }),
  tooLong: () => ({
    status: 400,
    body: JSON.stringify({
      error: {
        message:
          'Your input exceeds the context window of this model. Please adjust your input and try again.',
        type: 'invalid_request_error',
        param: 'input',
        code: 'context_length_exceeded',
      },
    }),
  }),
  list: (...names) => JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model' })) }),
  asked: (text): Asked => {
    const body = JSON.parse(text) as ResponsesBody;
    return {
      model: body.model,
      system: body.instructions ?? '',
      turns: turnsOf(body.input),
      tools: (body.tools ?? []).map(({ name, parameters }) => ({ name, schema: parameters })),
      maxOutputTokens: body.max_output_tokens,
      temperature: body.temperature,
      outputSchema: body.text?.format.schema,
    };
  },
};
