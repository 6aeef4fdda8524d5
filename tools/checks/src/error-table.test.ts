import { describe, expect, it } from '@jest/globals';
import { errorTableFaults } from './error-table';
import { treeOf } from './source-tree';

const codes = { LUM_A: { status: 404, isRetryable: false }, LUM_B: { status: 503, isRetryable: true } };
const page = (...rows: readonly string[]): string =>
  [
    '# Errors',
    '',
    '| Code | Status | Retryable | Meaning | What to do |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
const a = '| `LUM_A` | 404 | no | gone | look elsewhere |';
const b = '| `LUM_B` | 503 | yes | busy | come again |';

const faultsWith = (text: string, others: Record<string, string> = {}): readonly string[] =>
  errorTableFaults(treeOf({ 'docs/errors.md': text, ...others }), codes);

describe('error table', () => {
  it('is content when the page says what the code says', () => {
    expect(faultsWith(page(a, b))).toEqual([]);
  });

  it('names a code without a row', () => {
    expect(faultsWith(page(a))).toEqual(['docs/errors.md LUM_B is not documented: add a row']);
  });

  it('names a row without a code', () => {
    expect(faultsWith(page(a, b, '| `LUM_C` | 400 | no | x | y |'))).toEqual([
      'docs/errors.md:7 LUM_C is not an error code: remove the row',
    ]);
  });

  it('names a row that stands twice', () => {
    expect(faultsWith(page(a, a, b))).toEqual(['docs/errors.md LUM_A stands there twice']);
  });

  it('compares status and retryable', () => {
    expect(faultsWith(page(a.replace('404', '400'), b.replace('yes', 'no')))).toEqual([
      'docs/errors.md:5 LUM_A is answered with 404, not 400',
      'docs/errors.md:6 LUM_B retryable: "yes" in the code, "no" here',
    ]);
  });

  it('wants a meaning and advice', () => {
    expect(faultsWith(page(a.replace('look elsewhere', ''), b))).toEqual([
      'docs/errors.md:5 LUM_A needs a meaning and what to do',
    ]);
  });

  it('finds unknown codes on other pages, and only on pages', () => {
    const others = { 'README.md': 'LUM_A, LUM_GONE_AWAY', 'libs/x.ts': 'LUM_NOT_PROSE' };
    expect(faultsWith(page(a, b), others)).toEqual([
      'README.md mentions LUM_GONE_AWAY, which is not an error code',
    ]);
  });

  it('is not misled by names of Object.prototype', () => {
    expect(
      errorTableFaults(treeOf({ 'docs/errors.md': page('| `toString` | 1 | no | x | y |') }), {}),
    ).toHaveLength(1);
  });

  it('misses the page', () => {
    expect(errorTableFaults(treeOf({}), codes)).toEqual(['docs/errors.md is missing']);
  });
});
