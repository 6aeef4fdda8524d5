import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { swcOptions } from './tools/build/swc-options.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const { jsc, module } = swcOptions(root);
// Jest resolves `@lumina/*` itself (moduleNameMapper); the compiler leaves them as they are.
const { paths: _paths, baseUrl: _baseUrl, ...compiler } = jsc;

export default {
  rootDir: root,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{apps,libs,tools}/**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: compiler, module, sourceMaps: 'inline', swcrc: false }] },
  moduleNameMapper: { '^@lumina/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts' },
  cacheDirectory: '<rootDir>/.cache/jest',
  testTimeout: 20_000,
};
