import { hostname, userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { osInfoTool } from './os-info';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

describe('os_info', () => {
  it('says what commands depend on, and names neither host, user, nor paths', async () => {
    const signal = new AbortController().signal;
    const result = await runTool(
      osInfoTool,
      {},
      { workspace: scratch.workspace, signal, idempotencyKey: 'k' },
    );
    const content = result.kind === 'ok' ? result.content : '';
    expect(content.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'platform',
      'release',
      'architecture',
      'processors',
      'memory_total',
      'memory_free',
      'node',
      'time_zone',
    ]);
    expect(content).toMatch(/^processors: [1-9]\d*$/m);
    expect(content).toMatch(/^memory_total: [\d.]+ [GMT]iB$/m);
    expect(content).not.toContain(hostname());
    expect(content).not.toMatch(new RegExp(`\\b${userInfo().username}\\b`));
    expect(content).not.toContain(process.cwd());
  });
});
