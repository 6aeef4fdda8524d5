import type {
  AnswerFormat,
  AssistantMessage,
  Image,
  Message,
  Sampling,
  ToolMessage,
  UserMessage,
} from '@lumina/contracts';
import { argsOf, toolWriter, withTools } from '../endpoint/wire-text';
import type { ModelRequest } from '../model-client';
import { isStrict } from '../output-schema';

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly object[];
}

/** Ids of other providers may hold what this one refuses. */
const idOf = (id: string): string => id.replaceAll(/[^\w-]/g, '_');

const text = (content: string): readonly object[] =>
  content.trim() === '' ? [] : [{ type: 'text', text: content.toWellFormed() }];

const imageBlock = (image: Image): object => ({
  type: 'image',
  source:
    'url' in image
      ? { type: 'url', url: image.url }
      : { type: 'base64', media_type: image.mediaType, data: image.data },
});

const userTurn = ({ content, images = [] }: UserMessage): Turn => ({
  role: 'user',
  content: [...images.map(imageBlock), ...text(content)],
});

const assistantTurn = ({ content, toolCalls }: AssistantMessage): Turn => ({
  role: 'assistant',
  content: [
    ...text(content),
    ...toolCalls.map((call) => ({
      type: 'tool_use',
      id: idOf(call.id),
      name: call.name,
      input: argsOf(call),
    })),
  ],
});

const toolTurn = ({ toolCallId, content, isError }: ToolMessage): Turn => ({
  role: 'user',
  content: [
    {
      type: 'tool_result',
      tool_use_id: idOf(toolCallId),
      content: content.toWellFormed(),
      ...(isError ? { is_error: true } : {}),
    },
  ],
});

function turnOf(message: Message): Turn {
  switch (message.role) {
    case 'user':
      return userTurn(message);
    case 'assistant':
      return assistantTurn(message);
    case 'tool':
      return toolTurn(message);
  }
}

const opening: Turn = { role: 'user', content: [{ type: 'text', text: '(The conversation goes on.)' }] };

/** Turns of one side in a row are one turn, none is empty, and the first is the user's. */
function turnsOf(messages: readonly Message[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const turn = turnOf(message);
    if (turn.content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === turn.role)
      turns[turns.length - 1] = { ...last, content: [...last.content, ...turn.content] };
    else turns.push(turn);
  }
  return turns[0]?.role === 'user' ? turns : [opening, ...turns];
}

const cacheHint = { cache_control: { type: 'ephemeral' } } as const;

/** Marks the end of the conversation, so that the next step of the run finds all before it read already. */
function hinted(turns: readonly Turn[]): readonly Turn[] {
  return turns.map((turn, place) => {
    if (place < turns.length - 1) return turn;
    const content = turn.content.map((block, n) =>
      n < turn.content.length - 1 ? block : { ...block, ...cacheHint },
    );
    return { ...turn, content };
  });
}

const writeTools = toolWriter(({ name, description, parameters }) => ({
  name,
  description,
  input_schema: parameters,
}));

/** Only closed schemas are taken; other forms are left to who checks the answer. */
function outputConfig(format: AnswerFormat | undefined): object {
  if (format?.type !== 'json_schema' || !isStrict(format.schema)) return {};
  return { output_config: { format: { type: 'json_schema', schema: format.schema } } };
}

const choices = { auto: 'auto', none: 'none', required: 'any' } as const;

/** A choice of tools is refused where there are none. */
function toolChoice({ toolChoice: choice, isParallelCallsAllowed, tools }: ModelRequest): object {
  if (tools.length === 0 || (choice === undefined && isParallelCallsAllowed !== false)) return {};
  const chosen =
    typeof choice === 'object' ? { type: 'tool', name: choice.name } : { type: choices[choice ?? 'auto'] };
  const one =
    isParallelCallsAllowed === false && choice !== 'none' ? { disable_parallel_tool_use: true } : {};
  return { tool_choice: { ...chosen, ...one } };
}

/** The wire has no seed and no penalties, and its temperature ends at 1. */
function samplingFields({ temperature, topP, stop }: Sampling): object {
  return {
    temperature: temperature === undefined ? undefined : Math.min(1, temperature),
    top_p: topP,
    stop_sequences: stop,
  };
}

/** The body of a streamed message. The end of the system prompt is marked for the provider's cache, with the tools before it. */
export function messagesRequestBody(model: string, request: ModelRequest): string {
  const turns = turnsOf(request.messages);
  const isHinted = request.promptCache === true;
  const system = text(request.system).map((block) => (isHinted ? { ...block, ...cacheHint } : block));
  const body = {
    model,
    max_tokens: request.maxOutputTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: isHinted ? hinted(turns) : turns,
    ...samplingFields(request.sampling ?? {}),
    ...outputConfig(request.answerFormat),
    ...toolChoice(request),
    stream: true,
  };
  return withTools(body, writeTools(request.tools));
}
