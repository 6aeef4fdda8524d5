import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import OpenAI from 'openai';
import OpenAIv6 from 'openai-v6';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { Stack } from './stack';

jest.setTimeout(60_000);

const script = `
scenarios:
  weather:
    match: weather
    turns:
      - tool_calls: [{ name: weather, args: { city: Oslo }, id: call_oslo }]
      - text: 'The tool said: {{last_tool_result}}'
  mixed:
    match: both
    turns:
      - tool_calls:
          - { name: list_directory, args: { path: '.' } }
          - { name: weather, args: { city: Oslo } }
      - text: 'Both: {{last_tool_result}}'
  looking:
    match: look
    turns:
      - text: 'I shall look.'
        tool_calls: [{ name: list_directory, args: { path: '.' } }]
      - text: 'It said: {{last_tool_result}}'
  endless:
    match: talk
    turns:
      - { tokens: 2000, tokens_per_second: 20 }
  slow:
    match: slowly
    turns:
      - { text: 'one two three four five six seven eight nine ten', tokens_per_second: 5 }
  json:
    match: person
    turns:
      - text: '{"name":"Ada","age":36}'
  long:
    match: novel
    turns:
      - { text: 'Once upon', finish_reason: length }
  broken:
    match: break
    turns:
      - { status: 400, message: 'that is too much' }
  default:
    turns:
      - { text: 'You said: {{last_user_message}}' }
`;

const parameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
  additionalProperties: true as const,
};
const weather = {
  ...{ type: 'function' as const, name: 'weather', description: 'Tells the weather.' },
  parameters,
  strict: false,
};

type Clients = OpenAI | OpenAIv6;

function modelOf(api: 'responses' | 'chat_completions', client: OpenAI) {
  return api === 'responses'
    ? new OpenAIResponsesModel(client, 'lumina')
    : new OpenAIChatCompletionsModel(client, 'lumina');
}

setTracingDisabled(true);

describe('official clients of OpenAI, unmodified', () => {
  let sim: ModelSim;
  let stack: Stack;
  let clients: Readonly<Record<'7.57' | '6.49', OpenAI>>;

  beforeAll(async () => {
    sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario: parseScenario(script) });
    stack = await Stack.start({ environment: { OPENAI_BASE_URL: `${sim.url}/v1` } });
    const options = { baseURL: `${stack.url}/v1`, apiKey: await stack.key() };
    // The types of both differ in what is not used here.
    clients = { '7.57': new OpenAI(options), '6.49': new OpenAIv6(options) as Clients as OpenAI };
  });

  afterAll(async () => {
    await stack.stop();
    await sim.close();
  });

  describe.each(['7.57', '6.49'] as const)('openai %s', (version) => {
    let client: OpenAI;
    beforeAll(() => {
      client = clients[version];
    });

    it('lists agents as models', async () => {
      const names: string[] = [];
      for await (const { id } of client.models.list()) names.push(id);
      expect(names).toEqual(['lumina', 'web-researcher', 'code-executor']);
      expect(await client.models.retrieve('lumina')).toMatchObject({ object: 'model', id: 'lumina' });
    });

    it('creates a response, retrieves it, and continues it', async () => {
      const first = await client.responses.create({ model: 'lumina', input: 'hello' });
      expect(first).toMatchObject({ status: 'completed', output_text: 'You said: hello', model: 'lumina' });
      expect(first.usage?.total_tokens).toBeGreaterThan(0);
      const { output_text: _text, ...plain } = first;
      expect(await client.responses.retrieve(first.id)).toMatchObject(plain);
      const second = await client.responses.create({ input: 'again', previous_response_id: first.id });
      expect(second.output_text).toBe('You said: again');
      const items = await client.responses.inputItems.list(second.id);
      expect(items.data).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'again' }] }]);
    });

    it('streams a response whose words add up, and events that the helper knows', async () => {
      const stream = client.responses.stream({ model: 'lumina', input: 'look around' });
      const types: string[] = [];
      let words = '';
      for await (const event of stream) {
        types.push(event.type);
        if (event.type === 'response.output_text.delta') words += event.delta;
      }
      const final = await stream.finalResponse();
      expect(final.output.map(({ type }) => type)).toEqual(['message', 'mcp_call', 'message']);
      expect(words).toBe(final.output_text);
      expect(types[0]).toBe('response.created');
      expect(types.at(-1)).toBe('response.completed');
      const { output_text: _text, ...plain } = await client.responses.retrieve(final.id);
      expect(final.output).toMatchObject(plain.output);
    });

    it('runs a tool of its own and goes on with what it said', async () => {
      const asked = await client.responses.create({ input: 'the weather?', tools: [weather] });
      const [call] = asked.output;
      expect(call).toMatchObject({ type: 'function_call', name: 'weather', call_id: 'call_oslo' });
      const answered = await client.responses.create({
        previous_response_id: asked.id,
        input: [{ type: 'function_call_output', call_id: 'call_oslo', output: 'sunny' }],
        tools: [weather],
      });
      expect(answered.output_text).toBe('The tool said: sunny');
    });

    it('completes a chat', async () => {
      const { choices, usage } = await client.chat.completions.create({
        model: 'lumina',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'hello' },
        ],
      });
      expect(choices).toMatchObject([{ finish_reason: 'stop', message: { content: 'You said: hello' } }]);
      expect(usage?.total_tokens).toBeGreaterThan(0);
    });

    it('streams a chat, with its usage, and the same words as without', async () => {
      const stream = client.chat.completions.stream({
        model: 'lumina',
        messages: [{ role: 'user', content: 'look around' }],
        stream_options: { include_usage: true },
      });
      const final = await stream.finalChatCompletion();
      expect(final.choices[0]?.message.content).toMatch(/^I shall look\.\n\nIt said: /);
      expect(final.usage?.total_tokens).toBeGreaterThan(0);
    });

    it('has an answer checked against its form by the client', async () => {
      const schema = {
        type: 'object',
        properties: { name: { type: 'string' }, age: { type: 'integer' } },
      } as const;
      const { output_text: json } = await client.responses.create({
        input: 'a person, please',
        text: { format: { type: 'json_schema', name: 'person', schema, strict: false } },
      });
      expect(JSON.parse(json)).toEqual({ name: 'Ada', age: 36 });
    });

    it('leaves calls of its tools to it, and runs the others', async () => {
      const asked = await client.responses.create({ input: 'both', tools: [weather] });
      expect(asked.output.map(({ type }) => type)).toEqual(['mcp_call', 'function_call']);
      const call = asked.output[1];
      const call_id = call?.type === 'function_call' ? call.call_id : '';
      const input = [{ type: 'function_call_output' as const, call_id, output: 'sunny' }];
      const answered = await client.responses.create({
        previous_response_id: asked.id,
        input,
        tools: [weather],
      });
      expect(answered.output_text).toBe('Both: sunny');
    });

    it('cancels a response that streams, and keeps its words', async () => {
      const stream = await client.responses.create({ input: 'talk to me', stream: true });
      let id = '';
      let words = 0;
      const types: string[] = [];
      for await (const event of stream) {
        types.push(event.type);
        if (event.type === 'response.created') id = event.response.id;
        if (event.type !== 'response.output_text.delta') continue;
        words += 1;
        if (words === 3) await client.responses.cancel(id);
      }
      expect(types.at(-1)).toBe('response.incomplete');
      const kept = await client.responses.retrieve(id);
      expect(kept.status).toBe('cancelled');
      expect(kept.output_text.length).toBeGreaterThan(0);
    });

    it('says that an answer was cut at its limit', async () => {
      const { status, incomplete_details } = await client.responses.create({ input: 'a novel' });
      expect({ status, incomplete_details }).toEqual({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      });
      const messages = [{ role: 'user' as const, content: 'a novel' }];
      const { choices } = await client.chat.completions.create({ model: 'lumina', messages });
      expect(choices[0]?.finish_reason).toBe('length');
    });

    it('runs its tools in a loop of its own over chat completions', async () => {
      const runner = client.chat.completions.runTools({
        model: 'lumina',
        messages: [{ role: 'user', content: 'the weather?' }],
        tools: [
          {
            type: 'function',
            function: {
              ...{ name: 'weather', description: 'Tells the weather.', parameters },
              function: ({ city }: { city: string }) => `rain in ${city}`,
              parse: (text: string) => JSON.parse(text) as { city: string },
            },
          },
        ],
      });
      expect(await runner.finalContent()).toBe('The tool said: rain in Oslo');
    });

    it('hears at once what cannot be mended by asking again', async () => {
      const messages = [{ role: 'user' as const, content: 'break it' }];
      const refused = client.chat.completions.create({ model: 'lumina', messages });
      await expect(refused).rejects.toMatchObject({ status: 502, code: 'LUM_MODEL_REJECTED' });
    });
  });

  describe.each(['responses', 'chat_completions'] as const)('@openai/agents over %s', (api) => {
    const agentOf = (client: OpenAI, runs: string[]) =>
      new Agent({
        name: 'forecaster',
        instructions: 'Tell the weather.',
        model: modelOf(api, client),
        tools: [
          tool({
            ...{ name: 'weather', description: 'Tells the weather.' },
            strict: false,
            parameters,
            execute: async (input) => {
              runs.push(JSON.stringify(input));
              return 'sunny';
            },
          }),
        ],
      });

    it('runs its tools and ends with an answer', async () => {
      const runs: string[] = [];
      const { finalOutput } = await run(agentOf(clients['7.57'], runs), 'the weather?');
      expect(finalOutput).toBe('The tool said: sunny');
      expect(runs).toEqual(['{"city":"Oslo"}']);
    });

    it('streams', async () => {
      const streamed = await run(agentOf(clients['7.57'], []), 'the weather?', { stream: true });
      let words = '';
      for await (const word of streamed.toTextStream()) words += word;
      expect(words).toBe('The tool said: sunny');
    });
  });

  describe('whatever happens to the gateway', () => {
    it('a response goes on, and its stream where it was cut', async () => {
      const client = clients['7.57'];
      const seen: { type: string; sequence_number: number }[] = [];
      let id = '';
      let killed: Promise<void> | undefined;
      try {
        for await (const event of await client.responses.create({ input: 'slowly', stream: true })) {
          seen.push(event);
          if (event.type === 'response.created') id = event.response.id;
          if (event.type === 'response.output_text.delta') killed ??= stack.killAll('gateway');
        }
      } catch {
        // The gateway was killed: the client sees the connection break.
      }
      await killed;
      expect(seen.at(-1)?.type).not.toBe('response.completed');
      const after = seen.at(-1)?.sequence_number ?? 0;
      for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: after }))
        seen.push(event);
      expect(seen.map(({ sequence_number }) => sequence_number)).toEqual(seen.map((_event, index) => index));
      expect(seen.at(-1)?.type).toBe('response.completed');
      expect((await client.responses.retrieve(id)).output_text).toBe(
        'one two three four five six seven eight nine ten',
      );
    });
  });
});
