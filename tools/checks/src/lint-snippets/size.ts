import type { Snippet } from './snippet';

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);
const longSuite = `describe('suite', () => {\n${lines(70, '  held();')}});\n`;

export const size: readonly Snippet[] = [
  {
    says: 'a file has at most 400 lines',
    path: 'libs/store/src/snippet.ts',
    code: lines(401, 'export {};'),
    rule: 'max-lines',
  },
  {
    says: 'a function has at most 60 lines',
    path: 'libs/store/src/snippet.ts',
    code: `export function value(): void {\n${lines(59, '  held();')}}\n`,
    rule: 'house/function-lines',
  },
  {
    says: 'a function of 60 lines is well',
    path: 'libs/store/src/snippet.ts',
    code: `export function value(): void {\n${lines(58, '  held();')}}\n`,
  },
  { says: 'a suite may be longer', path: 'libs/store/src/snippet.test.ts', code: longSuite },
  {
    says: 'a suite with cases may be longer',
    path: 'libs/store/src/snippet.test.ts',
    code: longSuite.replace('describe(', 'describe.each([1])('),
  },
  {
    says: 'a function that declares suites may be longer',
    path: 'libs/testing/src/snippet.ts',
    code: `export function suite(): void {\n${longSuite}}\n`,
  },
  {
    says: 'a function that declares tests may be longer',
    path: 'libs/testing/src/snippet.ts',
    code: `export function suite(): void {\n${lines(70, "  it('works', () => held());")}}\n`,
  },
  {
    says: 'a test may not',
    path: 'libs/store/src/snippet.test.ts',
    code: `it('works', () => {\n${lines(60, '  held();')}});\n`,
    rule: 'house/function-lines',
  },
  {
    says: 'a function takes four parameters',
    path: 'libs/store/src/snippet.ts',
    code: 'export const value = (a: 1, b: 1, c: 1, d: 1): number => a + b + c + d;\n',
  },
  {
    says: 'and not five',
    path: 'libs/store/src/snippet.ts',
    code: 'export const value = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;\n',
    rule: 'house/parameter-count',
  },
  {
    says: 'a constructor takes no five either',
    path: 'apps/gateway/src/snippet.ts',
    code: 'export class Value {\n  constructor(a: 1, b: 1, c: 1, d: 1, e: 1) {\n    held(a, b, c, d, e);\n  }\n}\n',
    rule: 'house/parameter-count',
  },
  {
    says: 'unless Nest injects them',
    path: 'apps/gateway/src/snippet.ts',
    code: '@Injectable()\nexport class Value {\n  constructor(a: 1, b: 1, c: 1, d: 1, e: 1) {\n    held(a, b, c, d, e);\n  }\n}\n',
  },
  {
    says: 'and never six',
    path: 'apps/gateway/src/snippet.ts',
    code: '@Injectable()\nexport class Value {\n  constructor(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1) {\n    held(a, b, c, d, e, f);\n  }\n}\n',
    rule: 'house/parameter-count',
  },
];
