// Writes what Prometheus and Alertmanager read (ops/) from tools/signals, or checks that it is up to date.
//
// Usage: node tools/docs/signals.mjs [--write]     without --write: exit 1 if a file differs
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs'), 'tools/signals'], {
  cwd: root,
  stdio: 'inherit',
});
const require = createRequire(import.meta.url);
const { signalFiles } = require(resolve(root, 'dist/tools/signals/src/files.js'));

for (const [name, text] of Object.entries(signalFiles())) {
  const path = resolve(root, 'ops', name);
  if (process.argv.includes('--write')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`ops/${name} is not what tools/signals says: node tools/docs/signals.mjs --write`);
    process.exitCode = 1;
  }
}
