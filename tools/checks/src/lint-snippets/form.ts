import type { Snippet } from './snippet';

export const form: readonly Snippet[] = [
  {
    says: 'no default export',
    path: 'libs/store/src/snippet.ts',
    code: 'export default 1;\n',
    rule: 'import-x/no-default-export',
  },
  {
    says: 'no default export in scripts',
    path: 'tools/build/snippet.mjs',
    code: 'export default 1;\n',
    rule: 'import-x/no-default-export',
  },
  { says: 'but in configuration files', path: 'some.config.mjs', code: 'export default 1;\n' },
  {
    says: 'no export of everything',
    path: 'libs/store/src/snippet.ts',
    code: "export * from './own';\n",
    rule: 'no-restricted-syntax',
  },
  {
    says: 'no any',
    path: 'libs/store/src/snippet.ts',
    code: 'export const value = (input: any): unknown => input;\n',
    rule: '@typescript-eslint/no-explicit-any',
  },
  {
    says: 'no any in tests',
    path: 'libs/store/src/snippet.test.ts',
    code: 'export const value = (input: any): unknown => input;\n',
    rule: '@typescript-eslint/no-explicit-any',
  },
  {
    says: 'no ts-ignore',
    path: 'libs/store/src/snippet.ts',
    code: '// @ts-ignore because it is hard\nexport const value = 1;\n',
    rule: '@typescript-eslint/ban-ts-comment',
  },
  ...[
    'it.only',
    'it.skip',
    'it.todo',
    'describe.skip',
    'describe.only',
    "test['only']",
    'it.skip.each([1])',
    'xit',
  ].map((callee): Snippet => ({
    says: `no ${callee}`,
    path: 'libs/store/src/snippet.test.ts',
    code: `${callee}('works', () => held());\n`,
    rule: 'no-restricted-syntax',
  })),
  {
    says: 'a plain test is well',
    path: 'libs/store/src/snippet.test.ts',
    code: "it.each([1])('works', () => held());\n",
  },
  ...[
    'libs/store/src/runStore.ts',
    'libs/store/src/Run.ts',
    'libs/store/src/run_store.ts',
    'libs/store/src/types.ts',
  ].map(namedBadly),
  ...['libs/store/src/utils/clock.ts', 'apps/gateway/src/common/guard.ts', 'tools/build/helpers.mjs'].map(
    namedBadly,
  ),
  ...[
    'libs/store/src/types.test.ts',
    'libs/store/src/misc/clock.ts',
    'apps/gateway/src/shared.module.ts',
  ].map(namedBadly),
  {
    says: 'kebab-case with a suffix of Nest is well',
    path: 'apps/gateway/src/runs/thread-runs.controller.ts',
    code: 'export const value = 1;\n',
  },
];

function namedBadly(path: string): Snippet {
  return { says: `no file ${path}`, path, code: 'export const value = 1;\n', rule: 'house/file-name' };
}
