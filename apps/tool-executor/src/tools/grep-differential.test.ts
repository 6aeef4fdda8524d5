import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { grepSearchTool } from './grep-search';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const places = (output: string): readonly string[] =>
  output
    .split('\n')
    .flatMap((line) => /^(?:\.\/)?([^:…]+:\d+):/.exec(line)?.[1] ?? [])
    .toSorted();

/** What the system's grep finds, in files that it takes for text. */
function systemGrep(args: readonly string[]): readonly string[] {
  const environment = { ...process.env, LC_ALL: 'C.UTF-8' };
  try {
    return places(
      execFileSync('grep', ['-rnI', ...args, '.'], { cwd: scratch.root, encoding: 'utf8', env: environment }),
    );
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

it('finds the lines that grep finds, over generated trees', async () => {
  const word = fc.constantFrom(
    'a',
    'b',
    'ab',
    'A',
    'é',
    'foo',
    'foobar',
    '1',
    '[x]',
    '.',
    '*',
    ' ',
    '\t',
    '$',
    '"',
  );
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(''));
  const content = fc
    .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', ''))
    .map(([lines, end]) => lines.join('\n') + end);
  const path = fc.constantFrom('f', 'g.ts', 'd/f', 'd/e/f', '.hidden', 'd/.x/y', 'ünï');
  const tree = fc.dictionary(path, content, { minKeys: 1 });
  const regex = fc.constantFrom(
    'fo+',
    '^a',
    'b$',
    '[ab]+1',
    '(ab|é)',
    '^$',
    'a.b',
    'x{1,2}',
    '[^a-z]',
    'foo(bar)?$',
  );
  const query = fc.oneof(
    fc.tuple(word, fc.constant(true), fc.boolean()),
    fc.tuple(regex, fc.constant(false), fc.boolean()),
  );
  await fc.assert(
    fc.asyncProperty(tree, query, async (files, [pattern, literal, ignoreCase]) => {
      await scratch.remove();
      scratch = await scratchWorkspace();
      for (const [name, text] of Object.entries(files)) await scratch.write(name, text);
      const args = { pattern, literal, ignore_case: ignoreCase, max_results: 1_000 };
      const result = await runTool(grepSearchTool, args, {
        workspace: scratch.workspace,
        signal: new AbortController().signal,
        idempotencyKey: 'k',
      });
      const flags = [literal ? '-F' : '-E', ...(ignoreCase ? ['-i'] : []), '-e', pattern];
      expect(places(result.kind === 'ok' ? result.content : '')).toEqual(systemGrep(flags));
    }),
    { numRuns: 150 },
  );
}, 60_000);
