// The house's rules as a linter sees them; ARCHITECTURE.md gives the reasons. Each rule is proved by a snippet in
// tools/checks/src/lint-rules.test.ts.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import { importX } from 'eslint-plugin-import-x';
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js';
import tseslint from 'typescript-eslint';
import { sourceBoundaries, testBoundaries, toolEntry } from './tools/checks/lint-rules/boundaries.mjs';
import { house } from './tools/checks/lint-rules/plugin.mjs';
import {
  imported,
  impureGlobals,
  impureProperties,
  syntax,
} from './tools/checks/lint-rules/restrictions.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const tests = ['**/*.test.ts'];
const pure = ['libs/agent/**/*.ts', 'libs/contracts/**/*.ts'];

// `enforce-module-boundaries` reads the project graph from Nx's cache, and without one it lets everything pass.
process.env.NX_DAEMON = 'false';
const graph = await createProjectGraphAsync({ exitOnError: false, resetDaemonClient: true });
// In the settings, so that a tag that changes makes ESLint's cache forget.
const projects = Object.values(graph.nodes).map(({ name, data }) => [name, data.root, data.tags ?? []]);

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.cache/', '.lumina/', '.nx/'] },
  { linterOptions: { noInlineConfig: true } },
  {
    name: 'every file',
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx, house, 'import-x': importX },
    settings: { projects },
    rules: {
      '@nx/enforce-module-boundaries': ['error', sourceBoundaries],
      'house/file-name': 'error',
      'house/function-lines': ['error', 60],
      'house/parameter-count': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-duplicates': 'error',
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: false, packageDir: root }],
      'import-x/no-mutable-exports': 'error',
      'import-x/no-self-import': 'error',
      'max-lines': ['error', 400],
      'no-restricted-imports': imported.anywhere,
      'no-restricted-syntax': syntax.source,
      'array-callback-return': 'error',
      'default-case-last': 'error',
      eqeqeq: 'error',
      'no-caller': 'error',
      'no-constant-binary-expression': 'error',
      'no-constructor-return': 'error',
      'no-debugger': 'error',
      'no-dupe-else-if': 'error',
      'no-duplicate-case': 'error',
      'no-eval': 'error',
      'no-extend-native': 'error',
      'no-fallthrough': 'error',
      'no-implied-eval': 'error',
      'no-label-var': 'error',
      'no-new-func': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unreachable-loop': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-rename': 'error',
      'no-useless-return': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, minimumDescriptionLength: 10 },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-exports': [
        'error',
        { fixMixedExportsWithInlineTypeSpecifier: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // An early `return log(…)` reads well.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // Takes a property for unchanged across an await, and so asks to delete checks that are needed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Both are dear (a third of the time), and there are neither enums nor classes that stand for plain options.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          ignoreRestSiblings: true,
          argsIgnorePattern: '^_',
          caughtErrorsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
        },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { string: true, boolean: true } },
      ],
      '@typescript-eslint/prefer-optional-chain': 'off',
      // Ports are asynchronous; an in-memory twin of one often has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
    },
  },
  {
    name: 'libraries',
    files: ['libs/**/*.ts'],
    rules: { 'no-console': 'error', 'no-restricted-imports': imported.library },
  },
  {
    name: 'platform',
    files: ['libs/platform/**/*.ts'],
    rules: { 'no-restricted-imports': imported.platform },
  },
  {
    name: 'apps',
    files: ['apps/**/*.ts'],
    rules: { 'no-console': 'error', 'no-restricted-imports': imported.app },
  },
  {
    name: 'the executor of tools',
    files: ['apps/tool-executor/**/*.ts'],
    rules: {
      'no-restricted-imports': imported.toolExecutor,
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Tools reach the network through the one client in libs/platform.' },
      ],
    },
  },
  { name: 'command line', files: ['apps/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    name: 'pure libraries',
    files: pure,
    ignores: tests,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': imported.pure,
      'no-restricted-properties': ['error', ...impureProperties],
      'no-restricted-syntax': syntax.pure,
    },
  },
  {
    name: 'tests',
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': ['error', testBoundaries],
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: true, packageDir: root }],
      'no-restricted-globals': 'off',
      'no-restricted-imports': imported.anywhere,
      'no-restricted-syntax': syntax.test,
      '@typescript-eslint/no-empty-function': 'off',
      // Matchers such as expect.any() are typed `any`.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'what only runs in development',
    files: [
      'libs/testing/**/*.ts',
      'libs/testbed/**/*.ts',
      'tools/**/*.{ts,mjs}',
      'apps/*-e2e/**/*.ts',
      '*.mjs',
    ],
    ignores: tests,
    rules: { 'import-x/no-extraneous-dependencies': ['error', { devDependencies: true, packageDir: root }] },
  },
  {
    name: 'peers of the bench, each with a package.json of its own',
    files: ['tools/bench/peers/*/*.mjs'],
    rules: { 'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }] },
  },
  {
    name: 'what tests lean on beside the code',
    files: ['**/testing/**/*.{ts,mjs}'],
    rules: {
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: true, packageDir: root }],
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    name: 'who may start a tool of ours',
    files: ['libs/testing/**/*.ts', 'apps/*-e2e/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': ['error', { ...testBoundaries, allow: toolEntry }] },
  },
  { name: 'configuration files', files: ['*.config.mjs'], rules: { 'import-x/no-default-export': 'off' } },
);
