import { type Snippet, importing } from './snippet';

export const outward: readonly Snippet[] = [
  {
    says: 'apps do not make HTTP clients of their own',
    path: 'apps/gateway/src/snippet.ts',
    code: importing('axios'),
    rule: 'no-restricted-imports',
  },
  { says: 'platform holds the HTTP client', path: 'libs/platform/src/snippet.ts', code: importing('axios') },
  {
    says: 'tools do not fetch',
    path: 'apps/tool-executor/src/tools/snippet.ts',
    code: "export const value = (): unknown => fetch('http://127.0.0.1');\n",
    rule: 'no-restricted-globals',
  },
  {
    says: 'tools do not take undici either',
    path: 'apps/tool-executor/src/tools/snippet.ts',
    code: importing('undici'),
    rule: 'no-restricted-imports',
  },
  {
    says: 'nothing is handed to a shell by exec',
    path: 'libs/sandbox/src/snippet.ts',
    code: "import { exec } from 'node:child_process';\nexport const held = exec;\n",
    rule: 'no-restricted-imports',
  },
  {
    says: 'nothing is handed to a shell by spawn',
    path: 'libs/sandbox/src/snippet.ts',
    code: "import { spawn } from 'node:child_process';\nexport const held = spawn('ls', [], { shell: true });\n",
    rule: 'no-restricted-syntax',
  },
  {
    says: 'libraries do not write to the console',
    path: 'libs/queue/src/snippet.ts',
    code: "console.log('x');\n",
    rule: 'no-console',
  },
  { says: 'the command line does', path: 'apps/cli/src/snippet.ts', code: "console.log('x');\n" },
  {
    says: 'sources import no development package',
    path: 'apps/gateway/src/snippet.ts',
    code: importing('fast-check'),
    rule: 'import-x/no-extraneous-dependencies',
  },
  {
    says: 'sources import no package that package.json does not name',
    path: 'apps/gateway/src/snippet.ts',
    code: importing('tslib'),
    rule: 'import-x/no-extraneous-dependencies',
  },
  { says: 'tests may', path: 'apps/gateway/src/snippet.test.ts', code: importing('fast-check') },
];
