import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModelRequest } from './model-client';
import type { Harness } from './testing/harness';
import { question } from './testing/harness';
import { harnessOf, play, refuse } from './testing/wire-server';
import { eachWire } from './testing/wires/all-wires';
import type { Wire, WireAnswer } from './testing/wires/wire';

const opened: Harness[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((harness) => harness.close()));
});

async function answering(wire: Wire, answer: WireAnswer, headers = {}): Promise<Harness> {
  const harness = await harnessOf(wire, (response) => {
    play(response, wire, answer, headers);
  });
  opened.push(harness);
  return harness;
}

const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  risk: 'read',
  isIdempotent: true,
  timeoutMs: 1_000,
} as const;

describe.each(eachWire)('%s answers', (provider, wire) => {
  const chain = [`${provider}/m`];

  it('with words, as they come', async () => {
    const harness = await answering(wire, { pieces: ['It is ', '21 °C ', '🌤️ in Zürich.'] });
    const { outcome, shown, restarts } = await harness.ask(question, { chain });
    expect(shown.join('')).toBe('It is 21 °C 🌤️ in Zürich.');
    expect(restarts).toEqual([]);
    expect(outcome).toMatchObject({
      kind: 'answered',
      answer: {
        message: { content: 'It is 21 °C 🌤️ in Zürich.', toolCalls: [] },
        usage: { inputTokens: 11, outputTokens: 7 },
        finishReason: 'stop',
        model: `${provider}/m`,
        isUsageEstimated: false,
        attempts: 1,
      },
    });
  });

  it('piece by piece', async () => {
    const pieces = ['one ', 'two ', 'three'];
    const harness = await harnessOf(wire, async (response) => {
      response.writeHead(200, { 'content-type': wire.contentType });
      for (const event of wire.events({ pieces })) {
        response.write(event);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end();
    });
    opened.push(harness);
    expect((await harness.ask(question, { chain })).shown).toEqual(pieces);
  });

  it('in one document, although a stream was asked for', async () => {
    const answer = {
      pieces: ['Look: '],
      calls: [{ id: 'call_1', name: 'weather', args: ['{"city":"Bern"}'] }],
    };
    const harness = await harnessOf(wire, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(wire.whole(answer));
    });
    opened.push(harness);
    const { message, usage } = await harness.answer(question, { chain });
    expect(message).toMatchObject({
      content: 'Look: ',
      toolCalls: [{ name: 'weather', args: { city: 'Bern' } }],
    });
    expect(usage).toEqual({ inputTokens: 11, outputTokens: 7 });
  });

  it('with parallel tool calls, their arguments in pieces', async () => {
    const harness = await answering(wire, {
      pieces: ['Both.'],
      calls: [
        { id: 'call_1', name: 'weather', args: ['{"ci', 'ty":"Zü', 'rich"}'] },
        { id: 'call_2', name: 'weather', args: ['{"city":', '"Bern", "days": [1,', ' 2]}'] },
        { id: 'call_3', name: 'now', args: ['{}'] },
      ],
    });
    const { message, finishReason } = await harness.answer(question, { chain });
    expect(finishReason).toBe('tool_calls');
    expect(message.content).toBe('Both.');
    expect(message.toolCalls.map(({ name, args }) => [name, args])).toEqual([
      ['weather', { city: 'Zürich' }],
      ['weather', { city: 'Bern', days: [1, 2] }],
      ['now', {}],
    ]);
    expect(new Set(message.toolCalls.map(({ id }) => id)).size).toBe(3);
    if (provider !== 'ollama') expect(message.toolCalls[0]?.id).toBe('call_1');
  });

  it('with calls alone', async () => {
    const harness = await answering(wire, { calls: [{ id: 'call_1', name: 'now', args: ['{}'] }] });
    const { outcome, shown } = await harness.ask(question, { chain });
    expect(shown).toEqual([]);
    expect(outcome).toMatchObject({ answer: { message: { content: '' }, finishReason: 'tool_calls' } });
  });

  it('and says why it ended', async () => {
    const harness = await answering(wire, { pieces: ['Long'], reason: 'length' });
    expect((await harness.answer(question, { chain })).finishReason).toBe('length');
    if (provider === 'ollama') return;
    const filtered = await answering(wire, { pieces: [], reason: 'content_filter' });
    expect((await filtered.answer(question, { chain })).finishReason).toBe('content_filter');
  });

  it('and counts what came from the cache', async () => {
    const harness = await answering(wire, { pieces: ['hi'], input: 1_200, output: 3, cached: 1_000 });
    const cached = provider === 'ollama' ? {} : { cachedInputTokens: 1_000 };
    expect((await harness.answer(question, { chain })).usage).toEqual({
      inputTokens: 1_200,
      outputTokens: 3,
      ...cached,
    });
  });

  it('under a name of the provider', async () => {
    const inside = await answering(wire, { pieces: ['hi'] });
    expect((await inside.answer(question, { chain })).requestId).toBe(wire.answerId);
    if (wire.requestIdHeader === undefined) return;
    const header = await answering(wire, { pieces: ['hi'] }, { [wire.requestIdHeader]: 'req_7' });
    expect((await header.answer(question, { chain })).requestId).toBe('req_7');
  });
});

const conversation: ModelRequest = {
  system: 'Be brief.',
  messages: [
    { role: 'user', id: 'u1', content: 'Weather in Bern and Zürich?' },
    {
      role: 'assistant',
      id: 'a1',
      content: 'I look.',
      toolCalls: [
        { id: 'call_1', name: 'weather', args: { city: 'Bern' } },
        { id: 'call_2', name: 'weather', args: null, malformed: '{"city' },
      ],
    },
    { role: 'tool', id: 't1', toolCallId: 'call_1', name: 'weather', content: '21 °C', isError: false },
    { role: 'tool', id: 't2', toolCallId: 'call_2', name: 'weather', content: 'Error', isError: true },
    { role: 'assistant', id: 'a2', content: 'Bern: 21 °C.', toolCalls: [] },
    { role: 'user', id: 'u2', content: 'And this?', images: [{ mediaType: 'image/png', data: 'aGk=' }] },
  ],
  tools: [weather],
  maxOutputTokens: 123,
  sampling: { temperature: 0.5 },
};

describe.each(eachWire)('%s is asked', (provider, wire) => {
  const chain = [`${provider}/m-1`];

  async function asked(request: ModelRequest) {
    const harness = await answering(wire, { pieces: ['ok'] });
    await harness.answer(request, { chain });
    const [sent] = harness.server.requests;
    if (sent === undefined) throw new Error('nothing was asked');
    expect(sent).toMatchObject({ method: 'POST', path: wire.path });
    return wire.asked(sent.body);
  }

  it('with the whole conversation, its tools and its images', async () => {
    const of = provider === 'ollama' ? ['weather', 'weather'] : ['call_1', 'call_2'];
    expect(await asked(conversation)).toEqual({
      model: 'm-1',
      system: 'Be brief.',
      turns: [
        { role: 'user', text: 'Weather in Bern and Zürich?' },
        {
          role: 'assistant',
          text: 'I look.',
          calls: [
            { name: 'weather', args: { city: 'Bern' } },
            { name: 'weather', args: { unparsed_arguments: '{"city' } },
          ],
        },
        { role: 'tool', text: '21 °C', of: of[0] },
        { role: 'tool', text: 'Error', of: of[1] },
        { role: 'assistant', text: 'Bern: 21 °C.' },
        { role: 'user', text: 'And this?', images: ['data:image/png;base64,aGk='] },
      ],
      tools: [{ name: 'weather', schema: weather.parameters }],
      maxOutputTokens: 123,
      temperature: 0.5,
      outputSchema: undefined,
    });
  });

  it('without what is not there', async () => {
    const { system, tools, temperature } = await asked({ ...question, system: '' });
    expect([system, tools, temperature]).toEqual(['', [], undefined]);
  });

  it('for an answer of a certain form', async () => {
    const schema = weather.parameters;
    expect(
      (await asked({ ...question, answerFormat: { type: 'json_schema', name: 'report', schema } }))
        .outputSchema,
    ).toEqual(schema);
  });

  it('in well-formed Unicode', async () => {
    const broken = { role: 'user', id: 'u', content: 'half \ud83d' } as const;
    const { turns } = await asked({ ...question, messages: [broken] });
    expect(turns[0]?.text).toBe('half \ufffd');
  });
});

describe.each(eachWire.filter(([provider]) => provider !== 'ollama'))('%s and its keys', (provider, wire) => {
  const chain = [`${provider}/m`];

  async function taking(valid: () => string, keys: string) {
    const harness = await harnessOf(
      wire,
      (response, { headers, method }) => {
        if (wire.keyIn(headers) !== valid()) refuse(response, wire, { status: 401, message: 'bad key' });
        else if (method === 'GET') response.writeHead(200).end(wire.list('m'));
        else play(response, wire, { pieces: ['hi'] });
      },
      { keys },
    );
    opened.push(harness);
    return harness;
  }
  const used = (harness: Harness): readonly (string | undefined)[] =>
    harness.server.requests.map(({ headers }) => wire.keyIn(headers));

  it('tries the second while the first is refused, and remembers which works', async () => {
    const harness = await taking(() => 'sk-new', 'sk-old,sk-new');
    for (let n = 0; n < 2; n += 1) await harness.answer(question, { chain });
    expect(used(harness)).toEqual(['sk-old', 'sk-new', 'sk-new']);
  });

  it('goes back when the one that worked is withdrawn', async () => {
    let valid = 'sk-b';
    const harness = await taking(() => valid, 'sk-a sk-b');
    await harness.answer(question, { chain });
    valid = 'sk-a';
    await harness.answer(question, { chain });
    expect(used(harness)).toEqual(['sk-a', 'sk-b', 'sk-b', 'sk-a']);
  });

  it('says so when none is taken, and tells no key', async () => {
    const harness = await taking(() => 'sk-other', 'sk-first,sk-second');
    const failure = await harness.failure(question, { chain });
    expect(failure.code).toBe('LUM_MODEL_REJECTED');
    expect(JSON.stringify(failure)).not.toMatch(/sk-first|sk-second/);
    expect(used(harness)).toEqual(['sk-first', 'sk-second']);
  });

  it('checks each of them', async () => {
    const harness = await taking(() => 'sk-b', 'sk-a,sk-b');
    const findings = (await harness.models.checkKeys()).filter((finding) => finding.provider === provider);
    expect(findings.map(({ key, isOk }) => [key, isOk])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/sk-[ab]/);
  });
});

describe.each(eachWire)('%s lists', (provider, wire) => {
  it('its models', async () => {
    const harness = await harnessOf(wire, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(wire.list('a', 'm'));
    });
    opened.push(harness);
    expect(await harness.models.probeModel(`${provider}/m`)).toMatchObject({
      isOk: true,
      detail: 'reachable',
    });
    expect(harness.server.requests[0]).toMatchObject({ method: 'GET', path: wire.listPath });
  });
});
