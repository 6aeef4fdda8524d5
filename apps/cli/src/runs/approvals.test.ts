import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decide, pendingProposals, questionOf, verdictOf } from './approvals';

const proposal = {
  run_id: 'r1',
  item: 'ask:1.0',
  tool: 'shell',
  args: { cmd: 'ls' },
  args_digest: 'd',
  why: 'policy',
};

describe('approvals', () => {
  const asked: { method: string; url: string; key: unknown; body: string }[] = [];
  let answer = { status: 200, body: '[]' };
  let gatewayUrl = '';

  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      asked.push({ method, url, key: headers['x-api-key'], body });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked.splice(0);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const access = () => ({ gatewayUrl, apiKey: 'key', run: 'r1' });

  it('reads what waits, and decides about exactly what was shown', async () => {
    answer = { status: 200, body: JSON.stringify([proposal]) };
    expect(await pendingProposals(access())).toEqual([proposal]);
    answer = { status: 202, body: '{}' };
    await decide(access(), proposal, { decision: 'reject', reason: 'no' });
    expect(asked.map(({ method, url, key }) => ({ method, url, key }))).toEqual([
      { method: 'GET', url: '/runs/r1/approvals', key: 'key' },
      { method: 'POST', url: '/runs/r1/approvals', key: 'key' },
    ]);
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({
      run_id: 'r1',
      item: 'ask:1.0',
      args_digest: 'd',
      decision: 'reject',
      reason: 'no',
    });
  });

  it('says why a decision does not count', async () => {
    answer = {
      status: 409,
      body: JSON.stringify({ code: 'LUM_APPROVAL_EXPIRED', detail: 'too late', title: 't' }),
    };
    await expect(decide(access(), proposal, { decision: 'approve' })).rejects.toThrow(/LUM_APPROVAL_EXPIRED/);
    await expect(pendingProposals(access())).rejects.toThrow(/LUM_APPROVAL_EXPIRED/);
  });

  it('asks on one line, whatever the model put into the arguments', () => {
    const question = questionOf({ ...proposal, args: { cmd: 'a\nb\u001b[2J' }, why: 'outcome_unknown' });
    expect(question).not.toMatch(/[\n\u001b]/);
    expect(question).toContain('shell');
    expect(question).toContain('unknown');
  });

  it.each([
    ['y', { decision: 'approve' }],
    [' YES ', { decision: 'approve' }],
    ['', { decision: 'reject' }],
    ['n', { decision: 'reject' }],
    ['no', { decision: 'reject' }],
    ['not today', { decision: 'reject', reason: 'not today' }],
  ])('takes %j for %j', (text, verdict) => {
    expect(verdictOf(text, 'policy')).toEqual(verdict);
  });

  it("passes an agent's question on, and the person's answer back", () => {
    const question = { ...proposal, tool: 'ask_user', args: { question: 'Which colour?' }, why: 'input' };
    expect(questionOf(question)).toBe('Which colour? ');
    expect(verdictOf(' red ', 'input')).toEqual({ decision: 'answer', reason: 'red' });
    expect(verdictOf('', 'input')).toEqual({ decision: 'reject' });
    expect(verdictOf('y', 'outcome_unknown')).toEqual({ decision: 'retry' });
  });
});
