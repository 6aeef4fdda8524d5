import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dispatch } from './command-line/dispatch';
import { fakeShell } from './command-line/fake-shell';
import { dataFolder, makeDataFolder } from './data/data-folder';
import { inFolder } from './data/temporary-folder';
import { type FakeGateway, answering, startFakeGateway, streaming } from './gateway/fake-gateway';
import { identityOf } from './processes/process-identity';
import { linkWorkspace, isThreadId } from './runs/workspace-link';
import { gatewayRecord, pretendStack } from './stack/fake-stack';
import { stopLeftovers } from './stack/leftovers';
import { runningStack, stopStack } from './stack/running-stack';
import { readStackState } from './stack/stack-state';

let gateway: FakeGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

describe('stack.json, torn or written by somebody else', () => {
  it.each(['', '{', 'null', '[]', '42', '"x"', '{}', '{"version":1}', '{"version":2,"processes":[]}', '\0'])(
    'holding %j is no stack, and nothing breaks on it',
    (content) =>
      inFolder(async (folder) => {
        const user = fakeShell({ cwd: folder });
        const data = dataFolder('d', user);
        makeDataFolder(data);
        writeFileSync(data.stateFile, content);
        expect(readStackState(data.stateFile)).toBeUndefined();
        expect(await dispatch(['status', '--data', 'd', '--json'], user)).toBe(0);
        expect(user.written.out).toBe('{"processes":[]}\n');
        expect(await stopStack(data, () => undefined)).toEqual({ kind: 'nothing' });
      }),
  );

  it('never gets a process killed that merely has the number of one that was ours', () =>
    inFolder(async (folder) => {
      const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      const identity = identityOf(bystander.pid ?? 0);
      if (identity === undefined) throw new Error('it does not run');
      const old = { pid: identity.pid, started: `${identity.started}1` };
      const user = fakeShell({ cwd: folder });
      const data = dataFolder('d', user);
      const state = pretendStack(data, user, {
        supervisor: old,
        processes: [{ name: 'gateway', role: 'gateway', identity: old, url: undefined }],
      });
      expect(runningStack(data)).toBeUndefined();
      expect(await stopLeftovers(state, 500)).toBe(0);
      expect(identityOf(identity.pid)).toEqual(identity);
      bystander.kill('SIGKILL');
      await once(bystander, 'exit');
    }));

  it('gets what ignores SIGTERM killed, and only that', () =>
    inFolder(async (folder) => {
      const script = `process.on('SIGTERM', () => {}); process.stdout.write('up'); setInterval(() => {}, 1000)`;
      const deaf = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(deaf.stdout, 'data');
      const user = fakeShell({ cwd: folder });
      const record = {
        name: 'health',
        role: 'health',
        identity: identityOf(deaf.pid ?? 0),
        url: undefined,
      } as const;
      const state = pretendStack(dataFolder('d', user), user, { processes: [record] });
      const gone = once(deaf, 'exit');
      expect(await stopLeftovers(state, 200)).toBe(1);
      expect((await gone)[1]).toBe('SIGKILL');
    }));
});

describe('a gateway that is not to be trusted', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2Jx\u009b31m\u202e';

  async function outputOf(args: readonly string[], isTerminal: boolean): Promise<string> {
    return inFolder(async (folder) => {
      const user = fakeShell({ cwd: folder, env: { LUMINA_DATA: 'd' }, isTerminal });
      const url = gateway?.url ?? '';
      pretendStack(dataFolder(undefined, user), user, { processes: [gatewayRecord(url)] });
      await dispatch(args, user);
      // Our own dimming is no escape of theirs.
      return `${user.written.out}${user.written.err}`.replaceAll(/\u001b\[2?2m/g, '');
    });
  }

  const hostile = (event: string, data: unknown, id: string) => ({ event, data, id });
  const everywhere = [
    hostile('metadata', { run_id: evil }, '1-0'),
    hostile('messages', [{ type: 'ai', id: 'm', content: evil }, {}], '2-0'),
    hostile(
      'updates',
      { agent: { messages: [{ type: 'ai', content: evil, tool_calls: [{ name: evil, args: evil }] }] } },
      '3-0',
    ),
    hostile(
      'updates',
      { tools: { messages: [{ type: 'tool', name: evil, content: evil, status: 'error' }] } },
      '4-0',
    ),
    hostile(
      'updates',
      { agent: { messages: [{ type: 'ai', content: evil, response_metadata: { model_name: evil } }] } },
      '5-0',
    ),
    hostile('error', { error: evil, message: evil }, '6-0'),
    hostile('end', null, '7-0'),
  ];

  it.each([true, false])('cannot steer a terminal through a run (terminal: %s)', async (isTerminal) => {
    gateway = await startFakeGateway([streaming(everywhere)]);
    expect(await outputOf(['run', 'x', '--verbose'], isTerminal)).not.toMatch(/[\u0007\u001b\u009b\u202e]/);
  });

  it.each(['explain', 'run'])('cannot steer a terminal through an error of %s', async (command) => {
    gateway = await startFakeGateway([answering(404, evil)]);
    const output = await outputOf([command, 'x'], true);
    expect(output).toContain('x');
    expect(output).not.toMatch(/[\u0007\u001b\u009b\u202e]/);
  });

  it('cannot break the one-object-a-line form with what it says', async () => {
    gateway = await startFakeGateway([streaming(everywhere)]);
    const lines = (await outputOf(['run', 'x', '--json'], false))
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines).toHaveLength(everywhere.length);
    for (const line of lines) expect(() => void JSON.parse(line)).not.toThrow();
  });
});

describe('a thread’s name', () => {
  it('that is accepted is one folder’s below the root, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.stringMatching(/^[0-9a-f.\/-]{36}$/)), (name) => {
        if (isThreadId(name)) expect(join('/root', name)).toBe(`/root/${name}`);
      }),
    );
    const sound = '11111111-1111-4111-8111-111111111111';
    expect(isThreadId(sound)).toBe(true);
    for (const name of [
      '..',
      '.',
      '',
      'a/b',
      '../x',
      'a\0',
      '-rf',
      'a\n',
      'ä',
      `${sound}/..`,
      `${sound}\n`,
      ` ${sound}`,
    ])
      expect(isThreadId(name)).toBe(false);
  });

  it('that is a link to elsewhere already is not turned', () =>
    inFolder((folder) => {
      const root = join(folder, 'workspaces');
      mkdirSync(root);
      symlinkSync('/etc', join(root, 't'));
      expect(() => linkWorkspace(root, 't', folder)).toThrow('/etc');
      expect(readdirSync(root)).toEqual(['t']);
    }));
});
