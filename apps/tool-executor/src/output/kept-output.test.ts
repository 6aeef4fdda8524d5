import { readFileSync, readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { readFileTool } from '../tools/read-file';
import { Quota } from '../workspace';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { keepOutput, keptPath } from './kept-output';

let scratch: ScratchWorkspace;

beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const call = { idempotencyKey: 'r1/call:1.0', signal: new AbortController().signal };
const path = keptPath(call.idempotencyKey);

describe('kept output', () => {
  it('lies in the workspace, where the model can read it in parts', async () => {
    const text = Array.from({ length: 5_000 }, (_, line) => `line ${line + 1}`).join('\n');
    expect(await keepOutput(scratch.workspace, call, text)).toEqual({ kind: 'kept', path });
    const part = await runTool(
      readFileTool,
      { path, offset: 4_000, limit: 2 },
      { workspace: scratch.workspace, ...call },
    );
    expect(part).toMatchObject({ content: expect.stringMatching(/^line 4000\nline 4001\n/) });
  });

  it('is one file for all attempts at a call, and another for each call', async () => {
    await keepOutput(scratch.workspace, call, 'first');
    await keepOutput(scratch.workspace, call, 'first');
    await keepOutput(scratch.workspace, call, 'second');
    expect(readFileSync(join(scratch.root, path), 'utf8')).toBe('second');
    await keepOutput(scratch.workspace, { ...call, idempotencyKey: 'r1/call:1.1' }, 'other');
    expect(readdirSync(join(scratch.root, '.tool-output'))).toHaveLength(2);
  });

  it('is on record like any other file that is written', async () => {
    await keepOutput(scratch.workspace, call, 'text');
    expect(scratch.records.map(({ phase, action, call: key }) => [phase, action, key])).toEqual([
      ['before', 'create', 'r1/call:1.0'],
      ['after', 'create', 'r1/call:1.0'],
    ]);
  });

  it('does not exceed the quota, and says what is used', async () => {
    const full = await scratch.reopen({ quota: new Quota({ maxBytes: 1_000, maxEntries: 100 }) });
    expect(await keepOutput(full, call, 'a'.repeat(2_000))).toEqual({
      kind: 'full',
      reason: expect.stringMatching(/^the workspace is full: .* of 1000 B are used/),
    });
    full.close();
    expect(readdirSync(scratch.root)).toEqual([]);
  });

  it('is not written through a link that a program has put there', async () => {
    await symlink(join(scratch.canaryFile, '..'), join(scratch.root, '.tool-output'));
    expect(await keepOutput(scratch.workspace, call, 'text')).toEqual({ kind: 'not_kept' });
    expect(readdirSync(join(scratch.canaryFile, '..'))).toEqual(['canary.txt']);
  });
});
