import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
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

const weather = {
  type: 'function',
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const;

type Clients = OpenAI | OpenAIv6;

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
  });
});
