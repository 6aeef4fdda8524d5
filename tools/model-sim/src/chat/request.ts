/** The parts of an OpenAI chat completion request that the simulator acts on; everything else is tolerated. */
export interface ChatToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON text, or what should have been. */
  readonly arguments: string;
}

export interface ChatMessage {
  readonly role: string;
  /** Text parts of the content, concatenated; images and other parts are left out. */
  readonly text: string;
  readonly toolCalls: readonly ChatToolCall[];
  /** On tool messages: the call that this answers. */
  readonly toolCallId: string;
}

export interface OfferedTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments object; empty when the request gives none. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What `tool_choice` wants; absent: the model chooses. */
export type ToolChoice = { readonly kind: 'any' } | { readonly kind: 'named'; readonly name: string };

export interface ChatRequest {
  readonly model: string;
  readonly isStream: boolean;
  readonly isUsageWanted: boolean;
  readonly messages: readonly ChatMessage[];
  /** Empty when the request says `tool_choice: "none"`. */
  readonly tools: readonly OfferedTool[];
  readonly choice?: ToolChoice | undefined;
  /** JSON Schema of the answer, where it is to be JSON; of any object where it is only to be JSON. */
  readonly answerSchema?: Readonly<Record<string, unknown>> | undefined;
  readonly stop?: readonly string[];
  readonly maxTokens?: number | undefined;
}

export type ParsedChatRequest =
  | { readonly kind: 'ok'; readonly request: ChatRequest }
  | { readonly kind: 'invalid'; readonly message: string; readonly param: string | null };

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOr = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);

const invalid = (message: string, param: string | null): ParsedChatRequest => ({
  kind: 'invalid',
  message,
  param,
});

/** Reads a parsed JSON body. Hand-written rather than a schema: it stands on the path that is load-tested. */
export function parseChatRequest(body: unknown): ParsedChatRequest {
  if (!isObject(body)) return invalid('the body must be a JSON object', null);
  if (typeof body.model !== 'string' || body.model === '')
    return invalid('model must be a non-empty string', 'model');
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    return invalid('messages must be a non-empty array', 'messages');
  const wrong = body.messages.findIndex((message) => !isObject(message) || typeof message.role !== 'string');
  if (wrong >= 0) {
    return invalid(`messages[${String(wrong)}] must be an object with a role`, `messages[${String(wrong)}]`);
  }
  if (body.stream !== undefined && body.stream !== null && typeof body.stream !== 'boolean')
    return invalid('stream must be true or false', 'stream');
  if (body.tools !== undefined && body.tools !== null && !Array.isArray(body.tools))
    return invalid('tools must be an array', 'tools');
  return {
    kind: 'ok',
    request: {
      model: body.model,
      isStream: body.stream === true,
      isUsageWanted: isObject(body.stream_options) && body.stream_options.include_usage === true,
      messages: body.messages.filter(isObject).map(messageOf),
      tools: body.tool_choice === 'none' ? [] : toolsOf(body.tools),
      choice: choiceOf(body.tool_choice),
      answerSchema: answerSchemaOf(body.response_format),
      stop: [body.stop].flat().filter((word) => typeof word === 'string'),
      maxTokens: limitOf(body.max_completion_tokens) ?? limitOf(body.max_tokens),
    },
  };
}

function choiceOf(choice: unknown): ToolChoice | undefined {
  if (choice === 'required') return { kind: 'any' };
  const called = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined;
  return typeof called === 'string' ? { kind: 'named', name: called } : undefined;
}

function answerSchemaOf(format: unknown): Json | undefined {
  if (!isObject(format)) return undefined;
  if (format.type === 'json_object') return anyAnswer;
  if (format.type !== 'json_schema' || !isObject(format.json_schema)) return undefined;
  return isObject(format.json_schema.schema) ? format.json_schema.schema : anyAnswer;
}

const anyAnswer: Json = {
  ...{ type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
};

const limitOf = (limit: unknown): number | undefined =>
  typeof limit === 'number' && limit >= 1 ? Math.floor(limit) : undefined;

function messageOf(message: Json): ChatMessage {
  return {
    role: textOr(message.role, ''),
    text: contentText(message.content),
    toolCalls: Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject).map(toolCallOf) : [],
    toolCallId: textOr(message.tool_call_id, ''),
  };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isObject(part) ? textOr(part.text, '') : '')).join('');
}

function toolCallOf(call: Json): ChatToolCall {
  const called = isObject(call.function) ? call.function : {};
  return {
    id: textOr(call.id, ''),
    name: textOr(called.name, ''),
    arguments: textOr(called.arguments, ''),
  };
}

function toolsOf(tools: unknown): OfferedTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter(isObject).flatMap((tool) => {
    const offer = isObject(tool.function) ? tool.function : {};
    if (typeof offer.name !== 'string' || offer.name === '') return [];
    const { name, description, parameters } = offer;
    return [
      {
        ...{ name, parameters: isObject(parameters) ? parameters : {} },
        ...(typeof description === 'string' ? { description } : {}),
      },
    ];
  });
}
