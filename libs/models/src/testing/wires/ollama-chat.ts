import { type Asked, type AskedTurn, type Wire, type WireAnswer, parsedArgs } from './wire';

const line = (document: object): string => `${JSON.stringify(document)}\n`;
const head = { model: 'm-2026', created_at: '2026-11-26T10:00:00.000000Z' };

const toolCalls = ({ calls = [] }: WireAnswer): readonly object[] =>
  calls.map(({ name, args }) => ({ function: { name, arguments: parsedArgs(args) } }));

const endOf = ({ reason = 'stop', input = 11, output = 7 }: WireAnswer): object => ({
  done: true,
  done_reason: reason === 'length' ? 'length' : 'stop',
  total_duration: 1_000_000,
  load_duration: 1_000,
  prompt_eval_count: input,
  prompt_eval_duration: 1_000,
  eval_count: output,
  eval_duration: 900_000,
});

interface ChatBody {
  readonly model: string;
  readonly messages: readonly {
    readonly role: 'system' | 'user' | 'assistant' | 'tool';
    readonly content: string;
    readonly images?: readonly string[];
    readonly tool_calls?: readonly {
      readonly function: { readonly name: string; readonly arguments: unknown };
    }[];
    readonly tool_name?: string;
  }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
  readonly options: { readonly num_predict: number; readonly temperature?: number };
  readonly format?: unknown;
}

const turnOf = ({ role, content, images, ...more }: ChatBody['messages'][number]): AskedTurn => ({
  role: role === 'system' ? 'user' : role,
  text: content,
  ...(images === undefined ? {} : { images: images.map((data) => `data:image/png;base64,${data}`) }),
  ...(more.tool_name === undefined ? {} : { of: more.tool_name }),
  ...(more.tool_calls === undefined
    ? {}
    : { calls: more.tool_calls.map(({ function: f }) => ({ name: f.name, args: f.arguments })) }),
});

/** Calls come whole, each on a line of its own, without ids. */
export const ollamaChatWire: Wire = {
  provider: 'ollama',
  contentType: 'application/x-ndjson',
  path: '/api/chat',
  listPath: '/api/tags',
  requestIdHeader: undefined,
  answerId: undefined,
  env: (url) => ({ OLLAMA_BASE_URL: url }),
  keyIn: () => undefined,
  events: (answer) => [
    ...(answer.pieces ?? []).map((content) =>
      line({ ...head, message: { role: 'assistant', content }, done: false }),
    ),
    ...toolCalls(answer).map((call) =>
      line({ ...head, message: { role: 'assistant', content: '', tool_calls: [call] }, done: false }),
    ),
    line({ ...head, message: { role: 'assistant', content: '' }, ...endOf(answer) }),
  ],
  whole: (answer) => {
    const calls = toolCalls(answer);
    const message = {
      role: 'assistant',
      content: answer.pieces?.join('') ?? '',
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
    return JSON.stringify({ ...head, message, ...endOf(answer) });
  },
  innerError: (message) => line({ error: message }),
  refusal: (_, message) => JSON.stringify({ error: message }),
  tooLong: () => {
    const message =
      'request (2622 tokens) exceeds the available context size (512 tokens), try increasing it';
    const error = {
      code: 400,
      message,
      type: 'exceed_context_size_error',
      n_prompt_tokens: 2622,
      n_ctx: 512,
    };
    return { status: 400, body: JSON.stringify({ error: JSON.stringify({ error }) }) };
  },
  list: (...names) =>
    JSON.stringify({
      models: names.map((name) => ({ name, model: name, size: 1, details: { family: 'x' } })),
    }),
  asked: (text): Asked => {
    const body = JSON.parse(text) as ChatBody;
    const [first, ...rest] = body.messages;
    const hasSystem = first?.role === 'system';
    return {
      model: body.model,
      system: hasSystem ? first.content : '',
      turns: (hasSystem ? rest : body.messages).map(turnOf),
      tools: (body.tools ?? []).map(({ function: f }) => ({ name: f.name, schema: f.parameters })),
      maxOutputTokens: body.options.num_predict,
      temperature: body.options.temperature,
      outputSchema: body.format,
    };
  },
};
