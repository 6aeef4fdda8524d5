import { existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { fakeShell } from '../command-line/fake-shell';
import { dataFolder, makeDataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { answering, streaming } from '../gateway/fake-gateway';
import { waitUntil } from '../processes/delay';
import { gatewayRecord, pretendStack } from '../stack/fake-stack';
import { withStack } from '../stack/fake-world';
import { duration, statusTable } from './status';

const t1 = '11111111-1111-4111-8111-111111111111';
const t2 = '22222222-2222-4222-8222-222222222222';

const metadata = { event: 'metadata', data: { run_id: 'run-1' }, id: '1-0' };
const end = { event: 'end', data: null, id: '9-0' };
const message = {
  type: 'ai',
  id: 'm',
  content: 'Two files.',
  response_metadata: { model_name: 'openai/gpt-5' },
  tool_calls: [],
};
const answer = { event: 'updates', data: { agent: { messages: [message] } }, id: '2-0' };

describe('lumina run', () => {
  it('prints the answer and how it went', () =>
    withStack([streaming([metadata, answer, end])], async ({ user, gateway }) => {
      expect(await dispatch(['run', 'How many?', '--thread', t1, '--agent', 'a'], user)).toBe(0);
      expect(user.written.out).toBe('Two files.\n');
      expect(user.written.err).toBe(`thread ${t1} · run run-1 · model openai/gpt-5\n`);
      expect(gateway.seen[0]?.headers['x-api-key']).toMatch(/^lum_dev_/);
    }));

  it('prints one JSON object a frame and nothing else with --json', () =>
    withStack([streaming([metadata, answer], 'break'), streaming([end])], async ({ user }) => {
      expect(await dispatch(['run', 'x', '--json'], user)).toBe(0);
      const lines = user.written.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      expect(lines).toEqual([metadata, answer, end].map(({ event, data }) => ({ event, data })));
      expect(user.written.err).toContain('trying again');
    }));

  it('begins a new thread each time, unless told which', () =>
    withStack([streaming([metadata, end])], async ({ user, gateway }) => {
      await dispatch(['run', 'x'], user);
      await dispatch(['run', 'x'], user);
      const threads = gateway.seen.map(({ url }) => /threads\/([0-9a-f-]{36})\/runs/.exec(url)?.[1]);
      expect(new Set(threads).size).toBe(2);
    }));

  it('answers a failed run with 1, its code and what to do', () => {
    const failed = {
      event: 'error',
      data: { error: 'LUM_MODEL_UNAVAILABLE', message: 'refused' },
      id: '2-0',
    };
    return withStack([streaming([metadata, failed, end])], async ({ user }) => {
      expect(await dispatch(['run', 'x'], user)).toBe(1);
      expect(user.written.err).toContain('the run failed: refused (LUM_MODEL_UNAVAILABLE)');
      expect(user.written.err).toContain('LUMINA_MODEL');
    });
  });

  it('answers 3 when an approval is needed, and says how to give it', () => {
    const value = { action_requests: [{ name: 'delete_file', args: {} }] };
    const asked = { event: 'updates', data: { __interrupt__: [{ id: 'i', value }] }, id: '2-0' };
    return withStack([streaming([metadata, asked, end])], async ({ user }) => {
      expect(await dispatch(['run', 'x'], user)).toBe(3);
      expect(user.written.err).toContain('approval of delete_file');
    });
  });

  it('answers 3 when more budget is needed, and says how to grant it: --yes spends no money', () => {
    const review_configs = [{ action_name: 'budget', allowed_decisions: ['grant', 'reject'] }];
    const value = { action_requests: [{ name: 'budget', args: {} }], review_configs };
    const asked = { event: 'updates', data: { __interrupt__: [{ id: 'i', value }] }, id: '2-0' };
    const waiting = [{ run_id: 'r', item: 'budget:2', amount: 'costUsd', used: 5, allowed: 5 }];
    const answers = [streaming([metadata, asked, end]), answering(200, []), answering(200, { waiting })];
    return withStack(answers, async ({ user, gateway }) => {
      expect(await dispatch(['run', 'x', '--yes'], user)).toBe(3);
      expect(user.written.err).toContain('POST /runs/run-1/budget');
      expect(gateway.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
    });
  });

  it.each([
    [401, { detail: 'The key is not known.', code: 'LUM_UNAUTHENTICATED' }, 1, 'The key is not known.'],
    [404, 'Agent nobody not found', 2, 'Agent nobody not found'],
    [
      422,
      { detail: 'It does not fit.', errors: [{ field: 'thread_id', expected: 'a UUID' }] },
      1,
      'thread_id: expected a UUID',
    ],
  ])('shows a refusal with %d readably', (status, body, exitCode, text) =>
    withStack([answering(status, body)], async ({ user }) => {
      expect(await dispatch(['run', 'x'], user)).toBe(exitCode);
      expect(user.written.err).toContain(text);
      expect(user.written.err).not.toContain('{');
    }),
  );

  it('says on Ctrl-C that the run goes on, and leaves', () =>
    withStack([streaming([metadata], 'open')], async ({ user, gateway }) => {
      const code = dispatch(['run', 'x'], user);
      await waitUntil(() => gateway.seen.length === 1, { timeoutMs: 2_000 });
      setTimeout(() => user.interrupt(), 100);
      expect(await code).toBe(130);
      expect(user.written.err).toContain('./lumina explain run-1');
    }));

  it('links the workspace for the thread, and only there', () =>
    withStack([streaming([metadata, end])], async ({ user, folder, data }) => {
      mkdirSync(join(folder, 'project'));
      mkdirSync(join(folder, 'other'));
      symlinkSync(join(folder, 'project'), join(folder, 'link'));
      expect(await dispatch(['run', 'x', '--thread', t1, '--workspace', 'link'], user)).toBe(0);
      expect(readlinkSync(join(data.workspaces, t1))).toBe(join(folder, 'project'));
      expect(await dispatch(['run', 'x', '--thread', t1, '--workspace', 'project'], user)).toBe(0);
      expect(await dispatch(['run', 'x', '--thread', t1, '--workspace', 'other'], user)).toBe(2);
      expect(user.written.err).toContain(`thread ${t1} works in ${join(folder, 'project')} already`);
      mkdirSync(join(data.workspaces, t2));
      expect(await dispatch(['run', 'x', '--thread', t2, '--workspace', 'other'], user)).toBe(2);
    }));

  it('says what is wrong with a stack that has no gateway', () =>
    withStack(
      [],
      async ({ user }) => {
        expect(await dispatch(['run', 'x'], user)).toBe(1);
        expect(user.written.err).toContain('no gateway');
      },
      { processes: [] },
    ));
});

describe('lumina explain', () => {
  const explanation = {
    run_id: 'run-1',
    thread_id: 't',
    agent: 'lumina',
    status: 'running',
    summary: 'The model is being asked.',
    waits_for: {
      what: 'the model',
      since: '2026-01-01T00:00:00Z',
      until: '2026-01-01T00:01:00Z',
      holder: 'w1',
    },
    what_to_do: 'Wait.',
    timeline: [
      { at: '2026-01-01T00:00:00Z', what: 'accepted' },
      { at: '2026-01-01T00:00:01.5Z', what: 'model answered', detail: 'step 1' },
    ],
    items: [
      { item: 'step:2', state: 'held', attempt: 1, holder: 'w1', lease_until: '2026-01-01T00:01:00Z' },
      { item: 'step:1', state: 'closed' },
    ],
  };

  it('tells why, since when, what happened and what to do', () =>
    withStack([answering(200, explanation)], async ({ user, gateway }) => {
      expect(await dispatch(['explain', 'run-1'], user)).toBe(0);
      expect(gateway.seen[0]?.url).toBe('/runs/run-1/explain');
      for (const text of [
        'The model is being asked.',
        'waits for   the model',
        'holder      w1',
        'what to do  Wait.',
        '+1.50 s  model answered: step 1',
        'step:2       held (attempt 1, held by w1, until 2026-01-01T00:01:00Z)',
      ])
        expect(user.written.out).toContain(text);
    }));

  it('passes the answer on with --json, and a name that needs it encoded', () =>
    withStack([answering(200, explanation)], async ({ user, gateway }) => {
      expect(await dispatch(['explain', '../up', '--json'], user)).toBe(0);
      expect(JSON.parse(user.written.out)).toEqual(explanation);
      expect(gateway.seen[0]?.url).toBe('/runs/..%2Fup/explain');
    }));

  it('says what the gateway says, and when there is none', async () => {
    await withStack([answering(404, 'Run nope not found')], async ({ user }) => {
      expect(await dispatch(['explain', 'nope'], user)).toBe(1);
      expect(user.written.err).toBe('lumina: Run nope not found\n');
    });
    await withStack(
      [],
      async ({ user }) => {
        expect(await dispatch(['explain', 'r'], user)).toBe(1);
        expect(user.written.err).toContain('does not answer');
      },
      { processes: [gatewayRecord('http://127.0.0.1:1')] },
    );
    await inFolder(async (cwd) => {
      const user = fakeShell({ env: { LUMINA_DATA: 'd' }, cwd });
      expect(await dispatch(['explain', 'r'], user)).toBe(1);
      expect(user.written.err).toContain('no stack runs');
    });
  });
});

describe('lumina status', () => {
  it.each([
    [null, '-'],
    [5, '5 s'],
    [600, '10 min'],
    [10_000, '2 h'],
    [200_000, '2 d'],
  ])('shows an uptime of %j s as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('marks what is not ready', () => {
    const finding = { name: 'health', role: 'health', pid: null, url: null, ready: false } as const;
    const table = statusTable([{ ...finding, uptime_seconds: null, memory_bytes: null }]);
    expect(table.split('\n')[1]).toMatch(/^health +- +NOT READY +- +- +-$/);
  });

  it('shows each process as it is now', () =>
    withStack([answering(200, {})], async ({ user }) => {
      expect(await dispatch(['status'], user)).toBe(0);
      expect(user.written.out).toMatch(/gateway +\d+ +ready +\d+ (s|min|h|d) +\d+ MB +http:/);
      expect(user.written.out).toContain('a simulated model answers');
    }));

  it('lists what is not ready, and what has no pid, with --json', () => {
    const configured = {
      name: 'redis (configured)',
      role: 'redis',
      identity: undefined,
      url: 'redis://127.0.0.1:1',
    } as const;
    const gone = {
      name: 'health',
      role: 'health',
      identity: { pid: 1, started: 'then' },
      url: 'http://x',
    } as const;
    return withStack(
      [],
      async ({ user }) => {
        expect(await dispatch(['status', '--json'], user)).toBe(0);
        expect(JSON.parse(user.written.out)).toMatchObject({
          processes: [
            { role: 'redis', pid: null, url: 'redis://127.0.0.1:1', ready: false },
            { role: 'health', pid: null, ready: false },
          ],
        });
      },
      { processes: [configured, gone] },
    );
  });

  it('says when nothing runs, and when the last supervisor died', () =>
    inFolder(async (cwd) => {
      const user = fakeShell({ cwd });
      expect(await dispatch(['status', '--data', 'd'], user)).toBe(0);
      expect(await dispatch(['status', '--data', 'd', '--json'], user)).toBe(0);
      expect(user.written.out).toContain('No stack runs in');
      expect(user.written.out).toContain('{"processes":[]}');
      const data = dataFolder('d', user);
      pretendStack(data, user, { supervisor: { pid: 1, started: 'then' } });
      await dispatch(['status', '--data', 'd'], user);
      expect(user.written.out).toContain('The supervisor of the last one has died.');
    }));
});

describe('lumina down and up', () => {
  it('has nothing to stop where nothing runs, and makes no folder for it', () =>
    inFolder(async (cwd) => {
      const user = fakeShell({ cwd });
      expect(await dispatch(['down', '--data', 'd'], user)).toBe(0);
      expect(user.written.out).toContain('No stack runs in');
      expect(existsSync(join(cwd, 'd'))).toBe(false);
    }));

  it('says that it runs already, and where', () =>
    withStack([answering(200, {})], async ({ user, gateway }) => {
      for (const args of [['up'], ['up', '--detach']]) expect(await dispatch(args, user)).toBe(0);
      expect(user.written.out).toContain('A stack is running already');
      expect(user.written.out).toContain(`gateway   ${gateway.url}`);
      expect(user.written.out).toMatch(/API key {3}lum_dev_/);
      expect(user.written.out).toContain('curl');
    }));
});

describe('lumina doctor', () => {
  const healthy = {
    status: 'healthy',
    checks: { llm: { healthy: true, detail: 'simulated/simulated: reachable' } },
  };
  const ill = { status: 'degraded', checks: { llm: { healthy: false, detail: 'refused' }, odd: {} } };

  it('looks at a running stack', () =>
    withStack([answering(200, healthy)], async ({ user }) => {
      await dispatch(['doctor'], user);
      expect(user.written.out).toMatch(/✓ Node\.js +24/);
      expect(user.written.out).toMatch(/✓ gateway +ready/);
      expect(user.written.out).toMatch(/✓ health: model +simulated/);
    }));

  it('names what is ill and what to do, and answers 1', () =>
    withStack([answering(200, ill)], async ({ user }) => {
      expect(await dispatch(['doctor'], user)).toBe(1);
      expect(user.written.out).toMatch(/✗ health: model +refused\n {2}→ check the endpoint/);
      expect(user.written.out).toMatch(/✗ gateway \/health +degraded/);
      expect(user.written.out).toContain(' to mend.');
    }));

  it('looks at what there is when no stack runs', () =>
    inFolder(async (cwd) => {
      const user = fakeShell({ cwd, env: { OPENAI_BASE_URL: 'http://u:hush@127.0.0.1:1/v1' } });
      makeDataFolder(dataFolder('d', user));
      expect(await dispatch(['doctor', '--data', 'd'], user)).toBe(1);
      expect(user.written.out).toContain('– stack');
      expect(user.written.out).toMatch(/✗ model: openai +openai.* could not be reached/);
      expect(user.written.out).not.toContain('hush');
    }));
});
