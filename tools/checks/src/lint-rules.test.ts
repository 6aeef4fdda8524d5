import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { boundaries, otherBoundaries } from './lint-snippets/boundaries';
import { form } from './lint-snippets/form';
import { outward } from './lint-snippets/outward';
import { purity } from './lint-snippets/purity';
import { size } from './lint-snippets/size';
import type { Snippet } from './lint-snippets/snippet';
import { withTypes } from './lint-snippets/with-types';

type Messages = readonly (readonly [string | null, string])[];

const root = join(__dirname, '../../..');
const chapters = { boundaries, otherBoundaries, purity, outward, size, form, withTypes };
const disabling: Snippet = {
  says: 'no rule is switched off by a comment',
  path: 'libs/store/src/snippet.ts',
  code: '/* eslint-disable */\nexport default 1;\n',
};

describe('the lint rules', () => {
  const cases = [...Object.values(chapters).flat(), disabling];
  const results = new Map<Snippet, Messages>();

  beforeAll(() => {
    const output = execFileSync(process.execPath, [join(root, 'tools/checks/lint-rules/lint-snippets.mjs')], {
      cwd: root,
      input: JSON.stringify(cases),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const answers = JSON.parse(output) as Messages[];
    for (const [index, snippet] of cases.entries()) results.set(snippet, answers[index] ?? []);
  }, 120_000);

  const rulesOf = (snippet: Snippet): readonly (string | null)[] =>
    (results.get(snippet) ?? []).map(([rule]) => rule);

  describe.each(Object.entries(chapters))('%s', (_chapter, snippets) => {
    it.each(snippets.map((snippet) => [snippet.says, snippet] as const))('%s', (_says, snippet) => {
      expect(results.has(snippet)).toBe(true);
      expect(rulesOf(snippet)).toEqual(
        snippet.rule === undefined ? [] : expect.arrayContaining([snippet.rule]),
      );
    });
  });

  it('a comment that switches rules off is reported, and does not', () => {
    expect(rulesOf(disabling)).toContain('import-x/no-default-export');
    expect(results.get(disabling)?.map(([, message]) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('has no effect')]),
    );
  });
});
