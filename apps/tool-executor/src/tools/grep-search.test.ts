import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { grepSearchTool } from './grep-search';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const grep = async (
  args: Record<string, unknown>,
  signal = new AbortController().signal,
): Promise<string> => {
  const result = await runTool(grepSearchTool, args, {
    workspace: scratch.workspace,
    signal,
    idempotencyKey: 'k',
  });
  return result.kind === 'ok' ? result.content : `${result.type}: ${result.message}`;
};

describe('grep_search', () => {
  it('finds regular expressions and plain text, in order, with path and line', async () => {
    await scratch.write('b.ts', 'x\nfoo(1)\n');
    await scratch.write('a/a.ts', 'foo(2)\r\nbar\nfoo.(3)');
    expect(await grep({ pattern: 'foo\\(\\d\\)$' })).toBe('b.ts:2: foo(1)\na/a.ts:1: foo(2)');
    expect(await grep({ pattern: 'foo.(', literal: true })).toBe('a/a.ts:3: foo.(3)');
    expect(await grep({ pattern: 'bar' })).toBe('a/a.ts:2: bar');
    expect(await grep({ pattern: 'BAR' })).toBe('… no match in 2 files');
    expect(await grep({ pattern: 'BAR', ignore_case: true })).toBe('a/a.ts:2: bar');
    expect(await grep({ pattern: 'FOO.(', literal: true, ignore_case: true })).toBe('a/a.ts:3: foo.(3)');
  });

  it('searches one file, one folder, and only what include names', async () => {
    await scratch.write('src/a.ts', 'needle');
    await scratch.write('src/b.md', 'needle');
    await scratch.write('other/c.ts', 'needle');
    expect(await grep({ pattern: 'needle', path: 'src/b.md' })).toBe('src/b.md:1: needle');
    expect(await grep({ pattern: 'needle', path: './src/' })).toBe('src/a.ts:1: needle\nsrc/b.md:1: needle');
    expect(await grep({ pattern: 'needle', include: '*.ts' })).toBe(
      'other/c.ts:1: needle\nsrc/a.ts:1: needle',
    );
  });

  it('shows context, groups apart, overlapping groups joined', async () => {
    await scratch.write(
      't',
      Array.from({ length: 12 }, (_, n) => (n % 5 === 0 ? 'hit' : `l${n}`)).join('\n'),
    );
    expect(await grep({ pattern: 'hit', context_lines: 1 })).toBe(
      't:1: hit\nt-2- l1\n--\nt-5- l4\nt:6: hit\nt-7- l6\n--\nt-10- l9\nt:11: hit\nt-12- l11',
    );
    expect(await grep({ pattern: 'hit', context_lines: 2, max_results: 2 })).toContain(
      't-4- l3\nt-5- l4\nt:6: hit',
    );
  });

  it('stops at max_results and says so only when there is more', async () => {
    await scratch.write('a', 'hit\nhit\nhit\n');
    expect(await grep({ pattern: 'hit', max_results: 3 })).toBe('a:1: hit\na:2: hit\na:3: hit');
    expect(await grep({ pattern: 'hit', max_results: 2 })).toBe(
      'a:1: hit\na:2: hit\n… stopped at 2 matches, there may be more; narrow the search',
    );
    await scratch.write('b', 'hit');
    expect(await grep({ pattern: 'hit', max_results: 3 })).toContain('… stopped at 3 matches');
  });

  it('counts binary and large files that it skipped', async () => {
    await scratch.write('bin', Buffer.from('hit\0'));
    await scratch.write('large', `hit\n${'x'.repeat(5 * 1024 * 1024)}`);
    await scratch.write('ok', 'hit');
    expect(await grep({ pattern: 'hit' })).toBe(
      'ok:1: hit\n… 1 binary file skipped; 1 file over 4.0 MiB skipped',
    );
  });

  it('cuts long lines around the match and keeps hostile text on its line', async () => {
    await scratch.write('min.js', `${'a'.repeat(5000)}NEEDLE${'b'.repeat(5000)}`);
    const line = await grep({ pattern: 'NEED[L]E' });
    expect(line).toMatch(/^min\.js:1: …a{100}NEEDLEb{294}… \(10006 characters\)$/);
    await scratch.write('esc', 'hit\u001b[2J\u2028fake:1: line\u202e');
    expect(await grep({ pattern: 'hit' })).toBe('esc:1: hit\\u001b[2J\\u2028fake:1: line\\u202e');
    await scratch.write('min.js', '');
    await scratch.write('a:7: forged\nx', 'hit');
    expect(await grep({ pattern: 'hit' })).toMatch(/^"a:7: forged\\nx":1: hit\n/);
  });

  it('explains a wrong expression and the syntax there is', async () => {
    expect(await grep({ pattern: '(' })).toMatch(/^bad_arguments: pattern: .*missing closing \).*literal/);
    expect(await grep({ pattern: '(?=x)' })).toMatch(/no lookaround/);
    expect(await grep({ pattern: 'a\nb', literal: true })).toMatch(/within one line/);
    expect(await grep({ pattern: '' })).toMatch(/1 to 1000 characters/);
    expect(await grep({ pattern: 'x', include: '..' })).toMatch(/^bad_arguments: include: /);
    expect(await grep({ pattern: '(\\pL{900}){1}x{900}y{900}' })).toMatch(/too large/);
  });

  it('ends quickly on patterns that hang other engines', async () => {
    await scratch.write('evil', `${'a'.repeat(10_000)}!\n`.repeat(5));
    for (const pattern of [
      '(a+)+$',
      '(a|aa)+$',
      '(.*a){12}$',
      '(a?){500}a{500}$',
      '([a-z]+)*x',
      '(x+x+)+y',
      '^(([a-z])+.)+[A-Z]+$',
    ]) {
      const startMs = performance.now();
      expect(await grep({ pattern })).toMatch(/^… no match|^evil:\d+: |^… /);
      expect(performance.now() - startMs).toBeLessThan(15_000);
    }
  }, 60_000);

  it('says when lines were too long to search in full', async () => {
    await scratch.write('one-line', `${'a'.repeat(300_000)}hit`);
    expect(await grep({ pattern: 'hi[t]' })).toMatch(
      /^… no match in 1 file; 1 line searched only in the first \d+ characters$/,
    );
  });

  it('stops promptly when it is cancelled', async () => {
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => scratch.write(`d${n % 10}/f${n}`, 'ab c\n'.repeat(20_000))),
    );
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const startMs = performance.now();
    expect(await grep({ pattern: '(\\w+\\s)+z' }, controller.signal)).toMatch(/^cancelled/);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('keeps its output within bounds whatever it finds', async () => {
    await scratch.write('wide', `${'hit '.repeat(500)}\n`.repeat(1000));
    const content = await grep({ pattern: 'hit', max_results: 1000 });
    expect(content.length).toBeLessThan(65_536);
    expect(content).toMatch(/\n… stopped at \d+ matches, there may be more; narrow the search$/);
  });
});
