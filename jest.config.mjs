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
  testSequencer: '<rootDir>/jest-order.config.mjs',
  testTimeout: 20_000,
  // What a worker has loaded it never lets go, and starting a program from a large process is slow.
  workerIdleMemoryLimit: '1GB',
  collectCoverageFrom: [
    '{apps,libs,tools}/*/src/**/*.ts',
    // Entry points run in processes of their own; test benches are not the product.
    '!**/{main,index}.ts',
    '!**/testing/**',
    '!**/*.test.ts',
    '!apps/*-e2e/**',
    '!libs/testbed/**',
    '!libs/testing/**',
    '!tools/drills/**',
    '!tools/bench/src/{perform,stages}.ts',
    '!tools/bench/src/{subjects,works}/**',
  ],
  coverageDirectory: '<rootDir>/coverage',
  coverageReporters: ['text-summary', 'json-summary', 'html'],
  coverageThreshold: { global: { lines: 80, branches: 80 } },
};
