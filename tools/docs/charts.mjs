// Writes what the charts have from elsewhere: schemas and READMEs from values.yaml, the settings of the services, copies of ops/; or checks it.
//
// Usage: node tools/docs/charts.mjs [--write]     without --write: exit 1 if a file differs
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { settingsOfServices } from './settings-of-services.mjs';

const root = resolve(import.meta.dirname, '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });
const require = createRequire(import.meta.url);
const { chartFiles, copiedFolders } = require(resolve(root, 'dist/tools/charts/src/index.js'));

const read = (path) => readFileSync(resolve(root, path), 'utf8');
const list = (folder) =>
  existsSync(resolve(root, folder)) ? readdirSync(resolve(root, folder)).toSorted() : [];

const parsers = { '.md': 'markdown', '.schema.json': 'json' };

async function formatted(path, text) {
  const [, parser] = Object.entries(parsers).find(([ending]) => path.endsWith(ending)) ?? [];
  return parser === undefined
    ? text
    : format(text, { ...(await resolveConfig(resolve(root, path))), parser });
}

const wanted = Object.entries(chartFiles({ settings: settingsOfServices(), read, list }));
const strangers = copiedFolders
  .flatMap((folder) => list(folder).map((name) => `${folder}/${name}`))
  .filter((path) => !wanted.some(([name]) => name === path));

for (const [name, text] of wanted) {
  const path = resolve(root, name);
  const right = await formatted(name, text);
  if (process.argv.includes('--write')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, right);
  } else if (!existsSync(path) || read(name) !== right) {
    console.error(`${name} is not what the sources say: node tools/docs/charts.mjs --write`);
    process.exitCode = 1;
  }
}
for (const name of strangers) {
  if (process.argv.includes('--write')) rmSync(resolve(root, name));
  else {
    console.error(`${name} is a copy of nothing: node tools/docs/charts.mjs --write`);
    process.exitCode = 1;
  }
}
