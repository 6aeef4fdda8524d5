import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { listDirectoryTool } from './list-directory';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const list = async (args: Record<string, unknown> = {}): Promise<string> => {
  const signal = new AbortController().signal;
  const result = await runTool(listDirectoryTool, args, {
    workspace: scratch.workspace,
    signal,
    idempotencyKey: 'k',
  });
  return result.kind === 'ok' ? result.content : `${result.type}: ${result.message}`;
};

describe('list_directory', () => {
  it('shows folders, sizes and links, sorted, and counts what is hidden', async () => {
    await scratch.write('b.txt', 'x'.repeat(2048));
    await scratch.write('a.txt', 'abc');
    await scratch.write('dir/inner', '');
    await scratch.write('.env', 'SECRET=1');
    await scratch.link('etc', '/etc');
    expect(await list()).toBe(
      'a.txt  3 B\nb.txt  2.0 KiB\ndir/\netc -> (link)\n… 1 hidden entry not shown; set hidden to true',
    );
    expect(await list({ hidden: true })).toContain('.env  8 B');
    expect(await list({ path: 'dir' })).toBe('inner  0 B');
  });

  it('says when there is nothing, or nothing visible', async () => {
    expect(await list()).toBe('… the folder has no entries to show');
    await scratch.write('.a', '');
    expect(await list()).toBe(
      '… the folder has no entries to show; 1 hidden entry not shown; set hidden to true',
    );
  });

  it('does not enter a link that leads out, and refuses a file', async () => {
    await scratch.link('etc', '/etc');
    await scratch.write('f', '');
    expect(await list({ path: 'etc' })).toMatch(/^outside_workspace: etc is, or passes through, a link/);
    expect(await list({ path: 'f' })).toBe('wrong_type: f is a file, not a folder');
  });

  it('quotes names that would forge other lines', async () => {
    await scratch.write('a\nb.txt  1 B', '');
    await scratch.write('… 5 more entries not shown', '');
    await scratch.write('x -> (link)', '');
    const lines = (await list()).split('\n');
    expect(lines).toEqual([
      '"a\\nb.txt  1 B"  0 B',
      '"x -> (link)"  0 B',
      '"… 5 more entries not shown"  0 B',
    ]);
  });

  it('shows 10,000 files in part and says so', async () => {
    await Promise.all(
      Array.from({ length: 10_000 }, (_, n) => scratch.write(`f${String(n).padStart(5, '0')}`, '')),
    );
    const lines = (await list()).split('\n');
    expect(lines).toHaveLength(1001);
    expect(lines[999]).toBe('f00999  0 B');
    expect(lines[1000]).toBe('… 9,000 more entries not shown; use file_search');
  });
});
