import { afterEach, describe, expect, it } from '@jest/globals';
import { type Answer, type FakeGateway, answering, startFakeGateway } from '../gateway/fake-gateway';
import { budgetQuestionOf, budgetVerdictOf } from './budget';
import { settle } from './settlement';

const proposal = { run_id: 'r1', item: 'ask:1.0', tool: 'shell', args: {}, args_digest: 'd', why: 'policy' };
const waiting = { run_id: 'r1', item: 'budget:3', amount: 'costUsd', used: 5.0213, allowed: 5 } as const;
const nothing = answering(200, []);
const budget = answering(200, { waiting: [waiting] });
const taken = answering(202, {});
const settled = answering(200, { waiting: [] });

describe('what a run waits for', () => {
  let gateway: FakeGateway | undefined;
  afterEach(() => gateway?.close());

  async function settling(answers: readonly Answer[], typed: readonly string[] | undefined, isYes = false) {
    gateway = await startFakeGateway(answers);
    const [asked, said, left] = [[] as string[], [] as string[], [...(typed ?? [])]];
    const ask = async (question: string): Promise<string | undefined> => {
      asked.push(question);
      return left.shift();
    };
    const access = { gatewayUrl: gateway.url, apiKey: 'key', run: 'r1' };
    const isSettled = await settle(access, {
      ...{ ask: typed === undefined ? undefined : ask, isYes },
      say: (text) => said.push(text),
    });
    const posted = gateway.seen.filter(({ method }) => method === 'POST');
    return {
      isSettled,
      asked,
      said,
      posted: posted.map(({ url, body }) => [url, JSON.parse(body) as unknown]),
    };
  }

  it('is left alone where nobody can be asked', async () => {
    expect(await settling([], undefined)).toMatchObject({ isSettled: false, posted: [] });
    expect(gateway?.seen).toEqual([]);
  });

  it('is approved as the person says, call by call', async () => {
    const { isSettled, posted } = await settling([answering(200, [proposal]), taken, settled], ['y']);
    expect(isSettled).toBe(true);
    expect(posted).toEqual([
      ['/runs/r1/approvals', { run_id: 'r1', item: 'ask:1.0', args_digest: 'd', decision: 'approve' }],
    ]);
  });

  it('is granted more when the person says how much', async () => {
    const { isSettled, asked, posted } = await settling([nothing, budget, taken], ['$2.5']);
    expect(isSettled).toBe(true);
    expect(asked).toEqual([expect.stringContaining('5.0213 US dollars of 5')]);
    expect(posted).toEqual([
      ['/runs/r1/budget', { run_id: 'r1', item: 'budget:3', decision: 'grant', more: 2.5 }],
    ]);
  });

  it('is asked about again when the answer says no amount, or too small a one', async () => {
    const tooLittle = answering(422, { code: 'LUM_VALIDATION_FAILED', detail: 'would not let it go on' });
    const { said, posted } = await settling([nothing, budget, tooLittle, taken], ['yes', '0.01', '1']);
    expect(said).toEqual(['How much? A number.', 'would not let it go on']);
    expect(posted.map(([, body]) => (body as { more: number }).more)).toEqual([0.01, 1]);
  });

  it('is granted nothing by --yes', async () => {
    expect(await settling([nothing, budget], undefined, true)).toMatchObject({
      isSettled: false,
      posted: [],
    });
  });

  it('is no longer for us to decide when somebody else has', async () => {
    const gone = answering(409, { code: 'LUM_APPROVAL_NOT_PENDING', detail: 'Nothing waits.' });
    await expect(settling([nothing, budget, gone], ['1'])).rejects.toThrow(/LUM_APPROVAL_NOT_PENDING/);
    const broken = answering(500, { code: 'LUM_INTERNAL', detail: 'oh' });
    await gateway?.close();
    await expect(settling([nothing, broken], ['1'])).rejects.toThrow(/LUM_INTERNAL/);
  });
});

describe('an answer about budget', () => {
  it.each([
    ['2', { decision: 'grant', more: 2 }],
    [' 1e3 ', { decision: 'grant', more: 1000 }],
    ['', { decision: 'reject' }],
    ['no', { decision: 'reject' }],
    ['too dear', { decision: 'reject', reason: 'too dear' }],
    ['YES', undefined],
  ])('%j means %j', (text, verdict) => {
    expect(budgetVerdictOf(text)).toEqual(verdict);
  });

  it('is asked for in the unit of what ran out', () => {
    expect(budgetQuestionOf({ ...waiting, amount: 'tokens', used: 1200, allowed: 1000 })).toContain(
      '1200 tokens of 1000',
    );
  });
});
