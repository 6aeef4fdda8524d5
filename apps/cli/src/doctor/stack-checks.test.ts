import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fakeShell } from '../command-line/fake-shell';
import { dataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { answering, startFakeGateway } from '../gateway/fake-gateway';
import { gatewayRecord, pretendStack } from '../stack/fake-stack';
import { healthChecks, mcpChecks, portsCheck, processChecks } from './stack-checks';

describe('the checks of a stack', () => {
  it('tell a process that does not run from one that is not ready, and where to look', () =>
    inFolder(async (folder) => {
      const gateway = await startFakeGateway([answering(503, 'not yet')]);
      const user = fakeShell({ cwd: folder });
      const data = dataFolder('d', user);
      const gone = { name: 'health', role: 'health', identity: undefined, url: undefined } as const;
      const state = pretendStack(data, user, { processes: [gatewayRecord(gateway.url), gone] });
      const findings = await processChecks(data, state, {});
      expect(findings.map(({ what, state: how }) => [what, how])).toEqual([
        ['gateway', 'ill'],
        ['health', 'ill'],
      ]);
      expect(findings[0]?.detail).toMatch(/^not ready \(process \d+, http:/);
      expect(findings[1]).toMatchObject({
        detail: 'does not run',
        advice: `see ${data.logs}/health.log`,
      });
      await gateway.close();
    }));

  it('name each MCP server as the executors have it, and nothing where there is none', () =>
    inFolder(async (folder) => {
      const details = {
        sandbox: { status: 'up', message: 'bubblewrap' },
        'mcp notes': { status: 'up', message: 'connected, 2 tools, 0 wait for approval' },
        'mcp mail': { status: 'up', message: 'away: ECONNREFUSED (tried 3 times)' },
      };
      const executor = await startFakeGateway([answering(200, { details }), answering(200, {})]);
      const user = fakeShell({ cwd: folder });
      const record = {
        ...gatewayRecord(executor.url),
        name: 'tool-executor-1',
        role: 'tool-executor',
      } as const;
      const gone = { ...record, name: 'tool-executor-2', url: undefined };
      const state = pretendStack(dataFolder('d', user), user, {
        processes: [record, gone, gatewayRecord(executor.url)],
      });
      expect((await mcpChecks(state)).map(({ what, state: how }) => [what, how])).toEqual([
        ['mcp notes (tool-executor-1)', 'well'],
        ['mcp mail (tool-executor-1)', 'ill'],
      ]);
      expect(await mcpChecks(state)).toEqual([]);
      await executor.close();
      expect(await mcpChecks(state)).toEqual([]);
    }));

  it('say what stands in the way of asking the gateway', async () => {
    expect(await healthChecks(undefined)).toMatchObject([{ state: 'skipped' }]);
    expect(await healthChecks('http://127.0.0.1:1')).toMatchObject([
      { state: 'ill', detail: expect.stringContaining('ECONNREFUSED') },
    ]);
    const gateway = await startFakeGateway([
      answering(200, '<html>'),
      answering(200, { status: 'degraded' }),
    ]);
    expect(await healthChecks(gateway.url)).toMatchObject([{ state: 'ill' }]);
    expect(await healthChecks(gateway.url)).toMatchObject([{ advice: 'see below: no detail' }]);
    await gateway.close();
  });

  it('do not mind a usual port that is taken, and say so', async () => {
    const server = createServer();
    server.on('error', () => undefined);
    server.listen(8081, '127.0.0.1');
    // Whoever has it, it is taken then.
    await Promise.race([once(server, 'listening'), once(server, 'error')]);
    expect(await portsCheck()).toMatchObject({
      state: 'well',
      detail: expect.stringContaining('8081 taken'),
    });
    server.close();
  });
});
