import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { fileSearchTool } from './file-search';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const search = async (args: Record<string, unknown>): Promise<string> => {
  const signal = new AbortController().signal;
  const result = await runTool(fileSearchTool, args, {
    workspace: scratch.workspace,
    signal,
    idempotencyKey: 'k',
  });
  return result.kind === 'ok' ? result.content : `${result.type}: ${result.message}`;
};

describe('file_search', () => {
  it('finds by name at any depth and by path from the start, in a fixed order', async () => {
    for (const path of ['a.ts', 'src/b.ts', 'src/deep/c.ts', 'src/c.js', 'node_modules/x/d.ts', '.git/e.ts'])
      await scratch.write(path, '');
    expect(await search({ pattern: '*.ts' })).toBe('a.ts\nsrc/b.ts\nsrc/deep/c.ts');
    expect(await search({ pattern: 'src/*.{ts,js}' })).toBe('src/b.ts\nsrc/c.js');
    expect(await search({ pattern: '**/c.*', path: 'src' })).toBe('src/c.js\nsrc/deep/c.ts');
    expect(await search({ pattern: '[de].ts', include_ignored: true })).toBe(
      '.git/e.ts\nnode_modules/x/d.ts',
    );
  });

  it('shows folders and links as such and does not search behind links', async () => {
    await scratch.write('match/x', '');
    await scratch.link('match-link', '/etc');
    await scratch.link('in', 'match');
    expect(await search({ pattern: 'match*' })).toBe('match/\nmatch-link -> (link)');
    expect(await search({ pattern: 'x' })).toBe('match/x');
    expect(await search({ pattern: 'passwd' })).toBe('… nothing matches the pattern');
  });

  it('says when there is more than fits, and only then', async () => {
    for (let n = 0; n < 5; n++) await scratch.write(`f${n}`, '');
    expect(await search({ pattern: 'f*', max_results: 5 })).toBe('f0\nf1\nf2\nf3\nf4');
    expect(await search({ pattern: 'f*', max_results: 2 })).toBe(
      'f0\nf1\n… the first 2 results shown, there are more; narrow the pattern or raise max_results',
    );
  });

  it('refuses a pattern that climbs or explodes', async () => {
    expect(await search({ pattern: '../*' })).toMatch(/^bad_arguments: pattern: .*"\.\."/);
    expect(await search({ pattern: '{a,b}'.repeat(50) })).toMatch(/^bad_arguments: .*alternatives/);
    expect(await search({ pattern: '*', path: '..' })).toMatch(/^outside_workspace/);
  });
});
