import { type Snippet, importing } from './snippet';

const impureImports = [
  '@nestjs/common',
  'bullmq',
  'ioredis',
  'pino',
  '@opentelemetry/api',
  'node:crypto',
  'fs',
  'undici',
].map((source): Snippet => ({
  says: `the core does not import ${source}`,
  path: 'libs/agent/src/snippet.ts',
  code: importing(source),
  rule: 'no-restricted-imports',
}));

const impureGlobals = [
  'Date.now()',
  'new Date()',
  'performance.now()',
  'setTimeout(() => 1, 1)',
  'process.env',
  "fetch('x')",
  'globalThis.Date',
  'crypto.randomUUID()',
  'console.log(1)',
].map((expression): Snippet => ({
  says: `the core does not use ${expression}`,
  path: 'libs/agent/src/snippet.ts',
  code: `export const value = (): unknown => ${expression};\n`,
  rule: 'no-restricted-globals',
}));

export const purity: readonly Snippet[] = [
  ...impureImports,
  ...impureGlobals,
  {
    says: 'the contracts are as pure as the core',
    path: 'libs/contracts/src/snippet.ts',
    code: 'export const value = (): number => Date.now();\n',
    rule: 'no-restricted-globals',
  },
  {
    says: 'the core does not use Math.random',
    path: 'libs/agent/src/snippet.ts',
    code: 'export const value = (): number => Math.random();\n',
    rule: 'no-restricted-properties',
  },
  {
    says: 'the core loads nothing at run time',
    path: 'libs/agent/src/snippet.ts',
    code: "export const value = (): Promise<unknown> => import('zod');\n",
    rule: 'no-restricted-syntax',
  },
  {
    says: 'the core imports zod, the contracts and itself',
    path: 'libs/agent/src/snippet.ts',
    code: "import { z } from 'zod';\nimport { errorCodes } from '@lumina/contracts';\nimport { own } from './own';\nimport { up } from '../up';\n\nexport const value = [z, errorCodes, own, up];\n",
  },
  {
    says: "the core's tests may use the clock",
    path: 'libs/agent/src/snippet.test.ts',
    code: 'export const value = (): number => Date.now();\n',
  },
  {
    says: 'adapters import no Nest',
    path: 'libs/store/src/snippet.ts',
    code: importing('@nestjs/common'),
    rule: 'no-restricted-imports',
  },
  { says: 'apps wire with Nest', path: 'apps/gateway/src/snippet.ts', code: importing('@nestjs/common') },
  { says: 'platform may use Nest', path: 'libs/platform/src/snippet.ts', code: importing('@nestjs/common') },
];
