import type { Snippet } from './snippet';

export const withTypes: readonly Snippet[] = [
  {
    says: 'no promise is left alone',
    path: 'libs/contracts/src/errors.ts',
    code: 'async function value(): Promise<void> {}\nexport const start = (): void => {\n  value();\n};\n',
    rule: '@typescript-eslint/no-floating-promises',
    isTyped: true,
  },
  {
    says: 'a switch over a union names each member',
    path: 'libs/contracts/src/errors.ts',
    code: "export function value(state: 'on' | 'off'): void {\n  switch (state) {\n    case 'on':\n      break;\n  }\n}\n",
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    isTyped: true,
  },
  {
    says: 'a value of any is not passed on',
    path: 'libs/contracts/src/errors.ts',
    code: "export const value: { a: number } = JSON.parse('{}');\n",
    rule: '@typescript-eslint/no-unsafe-assignment',
    isTyped: true,
  },
  {
    says: 'plain code with types is well',
    path: 'libs/contracts/src/errors.ts',
    code: 'export const value = (amount: number): string => `${amount} USD`;\n',
    isTyped: true,
  },
];
