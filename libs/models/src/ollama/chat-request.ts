import type { Message, Sampling, UserMessage } from '@lumina/contracts';
import { argsOf, toolWriter, withTools } from '../endpoint/wire-text';
import type { ModelRequest } from '../model-client';

/** The wire has no addresses of images: one that is only an address is named in words. */
function userMessage({ content, images = [] }: UserMessage): object {
  const held = images.flatMap((image) => ('data' in image ? [image.data] : []));
  const named = images.flatMap((image) => ('url' in image ? [`\n[image: ${image.url}]`] : []));
  const text = `${content}${named.join('')}`.toWellFormed();
  return { role: 'user', content: text, ...(held.length === 0 ? {} : { images: held }) };
}

function chatMessage(message: Message): object {
  switch (message.role) {
    case 'user':
      return userMessage(message);
    case 'assistant': {
      const content = message.content.toWellFormed();
      if (message.toolCalls.length === 0) return { role: 'assistant', content };
      const calls = message.toolCalls.map((call) => ({
        function: { name: call.name, arguments: argsOf(call) },
      }));
      return { role: 'assistant', content, tool_calls: calls };
    }
    case 'tool':
      return { role: 'tool', tool_name: message.name, content: message.content.toWellFormed() };
  }
}

const writeTools = toolWriter(({ name, description, parameters }) => ({
  type: 'function',
  function: { name, description, parameters },
}));

const samplingOptions = ({
  temperature,
  topP,
  frequencyPenalty,
  presencePenalty,
  seed,
  stop,
}: Sampling): object => ({
  temperature,
  top_p: topP,
  frequency_penalty: frequencyPenalty,
  presence_penalty: presencePenalty,
  seed,
  stop,
});

/** The body of a streamed chat. Of a conversation that is too long Ollama would quietly leave out a part, unless told to refuse it. */
export function ollamaRequestBody(model: string, request: ModelRequest): string {
  const system = request.system === '' ? [] : [{ role: 'system', content: request.system.toWellFormed() }];
  const { sampling = {}, answerFormat: format, toolChoice, tools } = request;
  const body = {
    model,
    messages: [...system, ...request.messages.map(chatMessage)],
    options: {
      num_predict: request.maxOutputTokens,
      ...samplingOptions(sampling),
    },
    ...(format === undefined ? {} : { format: format.type === 'json_object' ? 'json' : format.schema }),
    truncate: false,
    shift: false,
    stream: true,
  };
  return withTools(
    body, // The wire has no choice of tools: one that must not be called is not shown.
    writeTools(toolChoice === 'none' ? [] : tools),
  );
}
