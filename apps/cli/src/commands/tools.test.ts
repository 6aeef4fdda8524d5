import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { type FakeShell, fakeShell } from '../command-line/fake-shell';
import { dataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { type Answer, type FakeGateway, answering, startFakeGateway } from '../gateway/fake-gateway';
import { gatewayRecord, pretendStack } from '../stack/fake-stack';

async function withStack(
  answer: Answer,
  use: (user: FakeShell, gateway: FakeGateway) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const gateway = await startFakeGateway([answer]);
    const user = fakeShell({ env: { LUMINA_DATA: 'data' }, cwd: folder });
    pretendStack(dataFolder(undefined, user), user, { processes: [gatewayRecord(gateway.url)] });
    try {
      await use(user, gateway);
    } finally {
      await gateway.close();
    }
  });
}

const pin = (digest: string, description: string) => ({
  ...{ digest: digest.repeat(64), at: '2026-01-01T00:00:00.000Z', by: 'first-sight' },
  definition: { description },
});
const off = {
  name: 'shell',
  tenant: 'acme',
  by: 'key:1',
  at: '2026-01-01T00:00:00.000Z',
  reason: 'odd calls',
};
const list = {
  tools: [
    { name: 'mcp__notes__add', is_offered: true, risk: 'dangerous', off: null },
    {
      ...{ name: 'mcp__notes__new', is_offered: false, risk: null, off: null },
      approval: { state: 'new', approved: null, pending: pin('b', 'new\u001b[31m one') },
    },
    {
      ...{ name: 'mcp__notes__old', is_offered: true, risk: null, off: null },
      approval: { state: 'changed', approved: pin('a', 'adds'), pending: pin('b', 'adds and mails') },
    },
    { name: 'shell', is_offered: true, risk: 'dangerous', off },
  ],
  switches: [off],
};

describe('lumina tools', () => {
  it('lists them with their states, and who switched what off', () =>
    withStack(answering(200, list), async (user, gateway) => {
      expect(await dispatch(['tools', 'list', '--tenant', 'acme'], user)).toBe(0);
      expect(gateway.seen[0]?.url).toBe('/admin/tools?tenant=acme');
      expect(user.written.out).toBe(
        [
          'mcp__notes__add  on',
          'mcp__notes__new  new: waits for approval',
          'mcp__notes__old  changed: waits for approval',
          'shell            off',
          '',
          'Switched off:',
          '  shell for acme, by key:1 2026-01-01T00:00:00.000Z: odd calls',
          '',
        ].join('\n'),
      );
    }));

  it('shows what waits beside what was approved, without what could steer a terminal', () =>
    withStack(answering(200, list), async (user) => {
      expect(await dispatch(['tools', 'show', 'mcp__notes__old'], user)).toBe(0);
      expect(user.written.out).toContain('"adds"');
      expect(user.written.out).toContain('"adds and mails"');
      expect(user.written.out).toContain(`digest ${'b'.repeat(64)}`);
      await dispatch(['tools', 'show', 'mcp__notes__new'], user);
      expect(user.written.out).not.toContain('\u001b');
      expect(await dispatch(['tools', 'show', 'nothing'], user)).toBe(1);
    }));

  it('switches off and on, and says for whom', () =>
    withStack(answering(200, { changed: true }), async (user, gateway) => {
      expect(await dispatch(['tools', 'off', 'shell', '--tenant', 'acme', '--reason', 'r'], user)).toBe(0);
      expect(await dispatch(['tools', 'on', 'mcp__notes'], user)).toBe(0);
      expect(gateway.seen.map(({ method, url, body }) => [method, url, JSON.parse(body) as unknown])).toEqual(
        [
          ['POST', '/admin/tools/shell/off', { tenant: 'acme', reason: 'r' }],
          ['POST', '/admin/tools/mcp__notes/on', {}],
        ],
      );
      expect(user.written.out).toContain('off for tenant acme');
      expect(user.written.out).toContain('mcp__notes is on for everybody again');
    }));

  it('says so when there was nothing to turn back', () =>
    withStack(answering(200, { changed: false }), async (user) => {
      expect(await dispatch(['tools', 'on', 'shell'], user)).toBe(0);
      expect(user.written.out).toBe('shell was not off for everybody.\n');
    }));

  it('approves by the digest that was shown, and not without one', () =>
    withStack(answering(200, {}), async (user, gateway) => {
      expect(await dispatch(['tools', 'approve', 'mcp__notes__old'], user)).toBe(2);
      expect(await dispatch(['tools', 'approve', 'mcp__notes__old', '--digest', 'abc'], user)).toBe(0);
      expect(gateway.seen.map(({ url, body }) => [url, body])).toEqual([
        ['/admin/tools/mcp__notes__old/approve', '{"digest":"abc"}'],
      ]);
    }));

  it('gives the answer as it is with --json', () =>
    withStack(answering(200, list), async (user) => {
      await dispatch(['tools', 'list', '--json'], user);
      expect(JSON.parse(user.written.out)).toEqual(list);
    }));

  it('tells what the gateway refuses', () => {
    const refusal = answering(404, { code: 'LUM_TOOL_NOT_FOUND', detail: 'There is no tool "shel".' });
    return withStack(refusal, async (user) => {
      expect(await dispatch(['tools', 'off', 'shel'], user)).toBe(1);
      expect(user.written.err).toContain('There is no tool "shel"');
    });
  });

  it.each([[[]], [['fly']], [['off']], [['list', 'x']], [['off', 'a', 'b']], [['list', '--wrong']]])(
    'explains itself when it is called as %j',
    (args) =>
      withStack(answering(200, list), async (user, gateway) => {
        expect(await dispatch(['tools', ...args], user)).toBe(2);
        expect(user.written.err).toContain('Usage: lumina tools');
        expect(gateway.seen).toEqual([]);
      }),
  );

  it('says how to start a stack where none runs', () =>
    inFolder(async (folder) => {
      const user = fakeShell({ env: { LUMINA_DATA: 'data' }, cwd: folder });
      expect(await dispatch(['tools', 'list'], user)).toBe(1);
      expect(user.written.err).toContain('lumina up');
    }));
});
