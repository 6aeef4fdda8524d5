import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { treeViewTool } from './tree-view';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const tree = async (args: Record<string, unknown> = {}): Promise<string> => {
  const signal = new AbortController().signal;
  const result = await runTool(treeViewTool, args, {
    workspace: scratch.workspace,
    signal,
    idempotencyKey: 'k',
  });
  return result.kind === 'ok' ? result.content : `${result.type}: ${result.message}`;
};

describe('tree_view', () => {
  it('draws folders, links and ignored folders', async () => {
    for (const path of ['src/a.ts', 'src/in/b.ts', 'node_modules/x/y', 'z']) await scratch.write(path, '');
    await scratch.link('l', '/etc');
    expect(await tree()).toBe('l -> (link)\nnode_modules/ (not entered)\nsrc/\n  a.ts\n  in/\n    b.ts\nz');
    expect(await tree({ include_ignored: true })).toContain('node_modules/\n  x/\n    y');
    expect(await tree({ path: 'src' })).toBe('a.ts\nin/\n  b.ts');
  });

  it('says how many folders the depth left closed', async () => {
    await scratch.write('a/b/c/d', '');
    expect(await tree({ depth: 2 })).toBe('a/\n  b/\n… 1 folder at the last level not opened; raise depth');
    expect(await tree({ depth: 4 })).toBe('a/\n  b/\n    c/\n      d');
  });

  it('shows upper levels in preference when there is too much', async () => {
    for (let n = 0; n < 30; n++) await scratch.write(`aaa/f${n}`, '');
    await scratch.write('zzz', '');
    const got = await tree({ max_entries: 5 });
    expect(got).toBe(
      'aaa/\n  f0\n  f1\n  f10\n  … 27 more entries\nzzz\n… 27 entries not shown in all; raise max_entries or begin further down',
    );
  });

  it('says that a folder is empty', async () => {
    expect(await tree()).toBe('… the folder is empty');
  });
});
