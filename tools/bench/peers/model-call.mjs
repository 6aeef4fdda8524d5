// One streamed model call, for the peers that bring no client of their own. undici is the root's, the one that Lumina uses.
import { Pool } from 'undici';
import { z } from 'zod';
import { apiKey, benchTool, modelName } from './work.mjs';

const toolArguments = z.strictObject({ key: z.string() });

const tools = [
  {
    type: 'function',
    function: {
      name: benchTool.name,
      description: benchTool.description,
      parameters: z.toJSONSchema(toolArguments),
    },
  },
];

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

/** @returns `callModel(messages, onText?)`, which resolves to the assistant's message in OpenAI's form */
export function createModelClient(baseUrl) {
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, { keepAliveTimeout: 60_000 });
  return async (messages, onText) => {
    const body = JSON.stringify({ model: modelName, messages, tools, stream: true });
    const response = await pool.request({
      path: `${pathname}/chat/completions`,
      method: 'POST',
      headers,
      body,
    });
    if (response.statusCode !== 200) throw new Error(`the model: ${await response.body.text()}`);
    return readAnswer(response.body, onText);
  };
}

async function readAnswer(stream, onText) {
  const message = { role: 'assistant', content: '' };
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: {')) add(message, JSON.parse(line.slice(6)), onText);
  }
  return message;
}

function add(message, { choices }, onText) {
  const { content, tool_calls: calls = [] } = choices[0]?.delta ?? {};
  if (content) {
    message.content += content;
    onText?.(content);
  }
  for (const { index, id, function: part } of calls) {
    message.tool_calls ??= [];
    message.tool_calls[index] ??= { id, type: 'function', function: { name: part.name, arguments: '' } };
    message.tool_calls[index].function.arguments += part.arguments ?? '';
  }
}

/** What the tool does: checks what the model wrote, and answers. */
export function callTool({ function: { name, arguments: written } }) {
  if (name !== benchTool.name) throw new Error(`no tool is called ${name}`);
  toolArguments.parse(JSON.parse(written));
  return benchTool.answer;
}
