import type { AnswerFormat, AssistantMessage, Message, ToolChoice, UserMessage } from '@lumina/contracts';
import { argsOf, dataUrl, toolWriter, withTools } from '../endpoint/wire-text';
import type { ModelRequest } from '../model-client';

function userItem({ content, images = [] }: UserMessage): object {
  const text = { type: 'input_text', text: content.toWellFormed() };
  const parts = images.map((image) => ({ type: 'input_image', detail: 'auto', image_url: dataUrl(image) }));
  return { type: 'message', role: 'user', content: [text, ...parts] };
}

function assistantItems({ content, toolCalls }: AssistantMessage): readonly object[] {
  const text = { type: 'output_text', text: content.toWellFormed(), annotations: [] };
  const said = content === '' ? [] : [{ type: 'message', role: 'assistant', content: [text] }];
  const calls = toolCalls.map((call) => ({
    type: 'function_call',
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(argsOf(call)),
  }));
  return [...said, ...calls];
}

function inputItems(message: Message): readonly object[] {
  switch (message.role) {
    case 'user':
      return [userItem(message)];
    case 'assistant':
      return assistantItems(message);
    case 'tool': {
      const output = message.content.toWellFormed();
      return [{ type: 'function_call_output', call_id: message.toolCallId, output }];
    }
  }
}

const writeTools = toolWriter(({ name, description, parameters }) => ({
  type: 'function',
  name,
  description,
  parameters,
  strict: false,
}));

const toolChoice = (choice: ToolChoice): unknown =>
  typeof choice === 'string' ? choice : { type: 'function', name: choice.name };

function textFormat(format: AnswerFormat): object {
  if (format.type === 'json_object') return { format: { type: format.type } };
  const { name, description, schema, isStrict: strict = false } = format;
  return { format: { type: format.type, name, description, schema, strict } };
}

/** The wire has no seed, penalties or stop words; a choice of tools is refused where there are none. */
function optionFields({
  sampling = {},
  toolChoice: choice,
  isParallelCallsAllowed,
  answerFormat,
  tools,
}: ModelRequest) {
  const { temperature, topP, reasoningEffort } = sampling;
  const hasTools = tools.length > 0;
  return {
    ...{ temperature, top_p: topP },
    ...(reasoningEffort === undefined ? {} : { reasoning: { effort: reasoningEffort } }),
    ...(choice === undefined || !hasTools ? {} : { tool_choice: toolChoice(choice) }),
    ...(isParallelCallsAllowed === undefined || !hasTools
      ? {}
      : { parallel_tool_calls: isParallelCallsAllowed }),
    ...(answerFormat === undefined ? {} : { text: textFormat(answerFormat) }),
  };
}

/** The body of a streamed response. Nothing is stored at the provider: the conversation is ours. */
export function responsesRequestBody(model: string, request: ModelRequest): string {
  const body = {
    model,
    ...(request.system === '' ? {} : { instructions: request.system.toWellFormed() }),
    input: request.messages.flatMap(inputItems),
    max_output_tokens: request.maxOutputTokens,
    ...optionFields(request),
    store: false,
    stream: true,
  };
  return withTools(body, writeTools(request.tools));
}
