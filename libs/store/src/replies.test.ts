import { describe, expect, it } from '@jest/globals';
import {
  annotateReply,
  claimReply,
  commitReply,
  createReply,
  entriesOf,
  eventsOf,
  interveneReply,
  renewReply,
  runSnapshot,
  threadSnapshot,
} from './replies';

const delta = (seq: number): [string, string[]] => [
  `${seq}-0`,
  ['e', JSON.stringify({ type: 'delta', messageId: 'm', text: `t${seq}` })],
];

describe('replies of the scripts', () => {
  it.each([
    ['create', (reply: unknown) => createReply(reply)],
    ['claim', (reply: unknown) => claimReply({ run: 'r', item: 'step:1', owner: 'w' }, reply)],
    ['renew', (reply: unknown) => renewReply(reply)],
    ['commit', (reply: unknown) => commitReply(reply)],
    ['intervene', (reply: unknown) => interveneReply(reply)],
    ['annotate', (reply: unknown) => annotateReply(reply)],
  ])('refuses what is not in the contract of %s', (script, read) => {
    expect(() => read(['surprise', 1])).toThrow(`script ${script} answered surprise`);
  });

  it('refuses a journal that holds what is not a fact', () => {
    expect(() => entriesOf(['{"type":"run.vanished","run":"r","at":1}'])).toThrow();
    expect(() => entriesOf(['{'])).toThrow(SyntaxError);
  });

  it('numbers a journal from 1', () => {
    const line = '{"type":"run.succeeded","run":"r","at":1}';
    expect(entriesOf([line, line]).map(({ position }) => position)).toEqual([1, 2]);
  });
});

describe('eventsOf', () => {
  it('gives what follows the cursor', () => {
    expect(eventsOf([delta(3), delta(4)], 2, 4)).toMatchObject({
      kind: 'events',
      events: [{ seq: 3 }, { seq: 4 }],
    });
  });
  it('gives nothing at the end', () => {
    expect(eventsOf([], 4, 4)).toEqual({ kind: 'events', events: [] });
  });
  it('says where the stream begins when what follows the cursor was trimmed', () => {
    expect(eventsOf([delta(5)], 2, 5)).toEqual({ kind: 'expired', oldestSeq: 5 });
  });
  it('says so too when all of it was trimmed', () => {
    expect(eventsOf([], 2, 5)).toEqual({ kind: 'expired', oldestSeq: 6 });
  });
  it('knows a cursor that was never given out', () => {
    expect(eventsOf([], 6, 5)).toEqual({ kind: 'future', lastSeq: 5 });
  });
});

describe('snapshots', () => {
  it('are undefined for what does not exist', () => {
    expect(runSnapshot('r', {})).toBeUndefined();
    expect(threadSnapshot('t', {})).toBeUndefined();
  });

  it('tell held, free and closed items apart', () => {
    const fields = { thread: 't', status: 'running', v: '3', seq: '4', created: '1', updated: '2' };
    const items = {
      'i:step:1': 'closed 2 7',
      'i:call:1.0': 'open 1 900 3 w1 clean',
      'i:call:1.1': 'open 0 0 1 - clean',
    };
    expect(runSnapshot('r', { ...fields, ...items })?.items).toEqual([
      { item: 'step:1', isOpen: false, epoch: 2, owner: undefined, leaseUntilMs: undefined, rings: 0 },
      { item: 'call:1.0', isOpen: true, epoch: 1, owner: 'w1', leaseUntilMs: 900, rings: 3 },
      { item: 'call:1.1', isOpen: true, epoch: 0, owner: undefined, leaseUntilMs: undefined, rings: 1 },
    ]);
  });

  it('read a thread without metadata and without an active run', () => {
    expect(threadSnapshot('t', { tenant: 'acme', created: '1', updated: '2', active: '' })).toEqual({
      thread: 't',
      tenant: 'acme',
      createdMs: 1,
      updatedMs: 2,
      metadata: {},
      agent: undefined,
      activeRun: undefined,
    });
  });
});
