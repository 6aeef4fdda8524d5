import { afterEach, describe, expect, it } from '@jest/globals';
import { after, filesIn, patch, tree, writes } from '../testing/writes';
import { type Tool, type ToolResult, runTool } from '../tool';
import type { Workspace } from '../workspace';
import { breakableDisk, systemError } from '../workspace/breakable-disk';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { applyPatchTool } from './apply-patch';
import { deleteFileTool } from './delete-file';
import { moveFileTool } from './move-file';

const context = (workspace: Workspace) => ({
  workspace,
  signal: new AbortController().signal,
  idempotencyKey: 'r1/call:1.0',
});

let scratch: ScratchWorkspace | undefined;
afterEach(() => scratch?.remove());

async function planted(): Promise<ScratchWorkspace> {
  await scratch?.remove();
  scratch = await scratchWorkspace();
  for (const [path, text] of Object.entries(tree)) await scratch.write(path, text);
  return scratch;
}

async function attempt(
  tool: Tool,
  args: Record<string, unknown>,
  happen: (step: number, name: string) => void,
) {
  const { reopen, root } = await planted();
  const breakable = breakableDisk(happen);
  const workspace = await reopen({ disk: breakable.disk });
  const result: ToolResult = await runTool(tool, args, context(workspace));
  workspace.close();
  return { result, steps: breakable.steps(), files: await filesIn(root), root };
}

describe.each(writes)('%s', (_name, tool, args, changes) => {
  it('does what it says', async () => {
    const { result, files } = await attempt(tool, args, () => undefined);
    expect(result).toMatchObject({ kind: 'ok' });
    expect(files).toEqual(after(changes));
  });

  it('leaves all as it was, or as it says, at whichever step the disk is full', async () => {
    const { steps } = await attempt(tool, args, () => undefined);
    for (let broken = 1; broken <= steps; broken++) {
      const { result, files } = await attempt(tool, args, (step, name) => {
        // Clearing away what is left over, and taking back, need no space.
        if (step === broken && !['unlink', 'rmdir', 'unlock'].includes(name)) throw systemError('ENOSPC');
      });
      const said = result.kind === 'ok' ? after(changes) : tree;
      if (tool === deleteFileTool || (tool === moveFileTool && result.kind === 'error'))
        expect([tree, after(changes)]).toContainEqual(files);
      else expect(files).toEqual(said);
      if (result.kind === 'error')
        expect(result).toMatchObject({ type: expect.stringMatching(/quota|internal/) });
    }
  });
});

it.each(writes)('%s works where there are no hard links', async (_name, tool, args, changes) => {
  const { result, files } = await attempt(tool, args, (_step, name) => {
    if (name === 'link') throw systemError('EPERM');
  });
  expect(result).toMatchObject({ kind: 'ok' });
  expect(files).toEqual(after(changes));
});

it('keeps the old contents when changes can be neither made nor taken back', async () => {
  let isBroken = false;
  const { result, files } = await attempt(applyPatchTool, { patch }, (_step, name) => {
    isBroken ||= name === 'syncFolder';
    if (isBroken) throw systemError('EIO');
  });
  expect(result).toMatchObject({ type: 'internal' });
  expect(Object.values(files)).toEqual(expect.arrayContaining(['a\n', 'b\n', 'e\n']));
});
