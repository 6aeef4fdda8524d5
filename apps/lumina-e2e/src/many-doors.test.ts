import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from '@langchain/langgraph-sdk';
import { eventually } from '@lumina/testing';
import OpenAI from 'openai';
import { LangGraphStack } from './langgraph-stack';

jest.setTimeout(60_000);

interface Proposal {
  readonly item: string;
  readonly args_digest: string;
}

describe('one run, many doors', () => {
  let lumina: LangGraphStack;
  beforeAll(async () => {
    lumina = await LangGraphStack.start();
  });
  afterAll(() => lumina.stop());

  it('is begun by one API, watched by another, approved as the terminal says, and ends in all of them', async () => {
    const openai = new OpenAI({ baseURL: `${lumina.url}/v1`, apiKey: lumina.key });
    const { data: begun, response } = await openai.responses
      .create({ input: 'look around', background: true })
      .withResponse();
    const run = response.headers.get('x-lumina-run-id') ?? '';
    const thread = response.headers.get('x-lumina-thread-id') ?? '';

    const langgraph = new Client({ apiUrl: lumina.url, apiKey: lumina.key });
    const leaving = new AbortController();
    const seen: { event: string; data: unknown }[] = [];
    const hasSeen = (part: string, times = 1): boolean =>
      seen.filter(({ data }) => JSON.stringify(data).includes(part)).length >= times;
    const watching = (async () => {
      const options = { lastEventId: '-1', signal: leaving.signal };
      for await (const part of langgraph.threads.joinStream(thread, options)) seen.push(part);
    })().catch(() => undefined);
    await eventually('the other API is shown what is asked', () => hasSeen('action_requests'));
    expect((await openai.responses.retrieve(begun.id)).status).toBe('in_progress');

    const told = await lumina.stack.command('explain', run);
    expect(told.code).toBe(0);
    const [way = ''] = /\/runs\/[0-9a-f-]+\/approvals/.exec(told.stdout) ?? [];
    const headers = { 'x-api-key': lumina.key, 'content-type': 'application/json' };
    const asked = await fetch(`${lumina.url}${way}`, { headers });
    const [proposal] = (await asked.json()) as readonly Proposal[];
    const body = JSON.stringify({ ...proposal, decision: 'approve' });
    expect((await fetch(`${lumina.url}${way}`, { method: 'POST', headers, body })).status).toBe(202);

    await eventually('the watcher is shown the end', () => hasSeen('run_done', 2));
    leaving.abort();
    await watching;
    expect(hasSeen('It said: ')).toBe(true);
    const ended = await openai.responses.retrieve(begun.id);
    expect(ended).toMatchObject({ status: 'completed' });
    expect(ended.output_text).toMatch(/^It said: /);
    expect((await lumina.stack.command('explain', run)).stdout).toMatch(/succeeded/);
  });
});
