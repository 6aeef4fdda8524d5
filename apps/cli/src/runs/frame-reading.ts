/** What the frames of a LangGraph stream mean to somebody who watches a run. Anything unknown means nothing. */
export type RunNews =
  | { readonly kind: 'began'; readonly run: string }
  | { readonly kind: 'words'; readonly message: string; readonly text: string }
  | { readonly kind: 'withdrawn'; readonly message: string }
  | {
      readonly kind: 'answered';
      readonly message: string;
      readonly text: string;
      readonly model: string | undefined;
      readonly calls: readonly AskedCall[];
    }
  | {
      readonly kind: 'tool';
      readonly callId: string;
      readonly name: string;
      readonly text: string;
      readonly isError: boolean;
    }
  /** By a program that a call runs, as it comes. */
  | { readonly kind: 'printed'; readonly text: string }
  | {
      readonly kind: 'interrupted';
      readonly actions: readonly AskedCall[];
      /** It waits for more budget, not for a decision about calls. */
      readonly isBudget: boolean;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface AskedCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

type Json = Readonly<Record<string, unknown>>;

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Content is a string, or a list of blocks of which some are text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((block) => string(object(block)['text']))
    .join('');
}

const call = (value: unknown): AskedCall => {
  const { id, name, args } = object(value);
  return { id: string(id), name: string(name) || 'a tool', args: args ?? {} };
};

function answered(message: Json): RunNews {
  const model = string(object(message['response_metadata'])['model_name']);
  return {
    kind: 'answered',
    message: string(message['id']),
    text: textOf(message['content']),
    model: model === '' ? undefined : model,
    calls: [...list(message['tool_calls']), ...list(message['invalid_tool_calls'])].map(call),
  };
}

function toolAnswer(message: Json): RunNews {
  return {
    kind: 'tool',
    callId: string(message['tool_call_id']),
    name: string(message['name']) || 'a tool',
    text: textOf(message['content']),
    isError: message['status'] === 'error',
  };
}

function interrupted(interrupts: unknown): RunNews {
  const values = list(interrupts).map((interrupt) => object(object(interrupt)['value']));
  const actions = values.flatMap((value) => list(value['action_requests']).map(call));
  const allowed = values.flatMap((value) =>
    list(value['review_configs']).flatMap((config) => list(object(config)['allowed_decisions'])),
  );
  return { kind: 'interrupted', actions, isBudget: allowed.includes('grant') };
}

function updates(data: unknown): readonly RunNews[] {
  return Object.entries(object(data)).flatMap(([node, update]) => {
    if (node === '__interrupt__') return [interrupted(update)];
    return list(object(update)['messages'])
      .map(object)
      .flatMap((message) => {
        if (message['type'] === 'ai') return [answered(message)];
        return message['type'] === 'tool' ? [toolAnswer(message)] : [];
      });
  });
}

function words(data: unknown): readonly RunNews[] {
  const chunk = object(list(data)[0]);
  const message = string(chunk['id']);
  if (chunk['type'] === 'remove') return [{ kind: 'withdrawn', message }];
  const text = textOf(chunk['content']);
  return chunk['type'] === 'ai' && text !== '' ? [{ kind: 'words', message, text }] : [];
}

/** Of a program that a call runs; others may write what they like to this channel. */
function printed(data: unknown): readonly RunNews[] {
  const { type, text } = object(data);
  return type === 'tool_output' ? [{ kind: 'printed', text: string(text) }] : [];
}

export function readFrame(event: string, data: unknown): readonly RunNews[] {
  switch (event) {
    case 'metadata':
      return [{ kind: 'began', run: string(object(data)['run_id']) }];
    case 'messages':
      return words(data);
    case 'updates':
      return updates(data);
    case 'custom':
      return printed(data);
    case 'error': {
      const { error, message } = object(data);
      return [{ kind: 'failed', code: string(error) || 'LUM_INTERNAL', message: string(message) }];
    }
    default:
      return [];
  }
}
