// Compiles every TypeScript source of the workspace with SWC into dist/, which mirrors the source tree.
//
// - CommonJS out: Nest 12 is ESM, part of its company is not; Node 24 and Jest take this pairing.
// - `@lumina/*` imports become relative paths, so dist/ runs without a resolver.
// - Only what changed is compiled: dist/<folder>/.stamp.json remembers each source's size and mtime.
//
// Usage: node tools/build/build.mjs [folder …]     (default: apps libs tools)
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { buildLauncher } from './launcher.mjs';
import { swcOptions } from './swc-options.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folders = process.argv.length > 2 ? process.argv.slice(2) : ['apps', 'libs', 'tools'];
const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.test.ts');
const isAsset = (name) => name.endsWith('.lua');

const outputOf = (name) => join(root, 'dist', name.replace(/\.ts$/, '.js'));

async function* filesBelow(folder) {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* filesBelow(path);
    else if (entry.isFile() && (isSource(entry.name) || isAsset(entry.name))) yield path;
  }
}

async function readStamp(stampFile, options) {
  try {
    const stamp = JSON.parse(await readFile(stampFile, 'utf8'));
    return stamp.options === options ? stamp.files : {};
  } catch {
    return {}; // no stamp, or one that cannot be read: build everything
  }
}

async function compile(path, out) {
  await mkdir(dirname(out), { recursive: true });
  if (isAsset(path)) return writeFile(out, await readFile(path));
  const { code, map } = await transformFile(path, swcOptions(root));
  const mapName = `${out.slice(out.lastIndexOf('/') + 1)}.map`;
  await writeFile(out, `${code}//# sourceMappingURL=${mapName}\n`);
  await writeFile(`${out}.map`, map);
}

async function buildFolder(folder, options) {
  const stampFile = join(root, 'dist', folder, '.stamp.json');
  const before = await readStamp(stampFile, options);
  const after = {};
  const work = [];
  for await (const path of filesBelow(join(root, folder))) {
    const name = relative(root, path);
    const { size, mtimeMs } = await stat(path);
    const out = outputOf(name);
    after[name] = `${size}:${mtimeMs}`;
    if (before[name] !== after[name] || !existsSync(out)) work.push(compile(path, out));
  }
  const gone = Object.keys(before).filter((name) => !(name in after));
  await Promise.all([...work, ...gone.map((name) => rm(outputOf(name), { force: true }))]);
  await mkdir(dirname(stampFile), { recursive: true });
  await writeFile(stampFile, JSON.stringify({ options, files: after }));
}

const optionsHash = createHash('sha256')
  .update(JSON.stringify(swcOptions('/')))
  .digest('hex');
for (const folder of folders) await buildFolder(folder, optionsHash);
// Without a C compiler there is none; the executor and `lumina doctor` say what follows from that.
await buildLauncher();
// dist/ holds CommonJS whatever the root package says.
await writeFile(join(root, 'dist/package.json'), '{ "type": "commonjs" }\n');
