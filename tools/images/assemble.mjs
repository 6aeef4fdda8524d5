// Puts the tree of one image together, from an installed and built workspace: what its program can come to load, and nothing else.
// Runs while an image is built (see the Dockerfile), and takes nothing but Node.
//
// A1. Code: the program's own folder of dist/, and of each library that it, or such a library, requires all of it.
// A2. Packages: what that code requires, with the dependencies of those, and theirs, each where Node will find it. No development package
//     is among them: the lock file says which those are, and one that is required all the same is an error.
// A3. Every time is SOURCE_DATE_EPOCH (seconds; 0 by default) and every mode is one of three: two builds are the same bytes.
//
// Usage: node tools/images/assemble.mjs PROGRAM|node TARGET     (PROGRAM is a folder as in dist/: apps/gateway, tools/model-sim)
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { chmod, cp, lutimes, mkdir, readdir, stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
const home = 'lumina';
const builtins = new Set(builtinModules);
const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? '0');
const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

/**
 * Nobody reads these at run time: types, TypeScript itself (Node runs none below node_modules), programs for another engine than Node.
 * Licences stay.
 */
const isLeftOut = (name) =>
  /\.(?:[cm]?ts|map|tsbuildinfo|bare|flow)$|^(?:CHANGELOG|HISTORY|README)(?:\.md)?$/i.test(name);
const isTested = (path) => path.split('/').includes('testing');

/** Every module that the compiled files below a folder require or import, as written. */
function requiredBelow(folder) {
  const names = new Set();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !entry.name.endsWith('.js') || isTested(path)) continue;
    for (const [, name] of readFileSync(path, 'utf8').matchAll(
      /\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g,
    ))
      names.add(name.startsWith('.') ? resolve(dirname(path), name) : name);
  }
  return names;
}

/** The folders of dist/ that a program is made of (A1), and the packages that they name. */
function partsOf(program) {
  const folders = [join(dist, program)];
  const named = new Set();
  for (const folder of folders)
    for (const name of requiredBelow(folder)) {
      if (!name.startsWith('/')) named.add(name);
      else if (name.startsWith(`${dist}/libs/`)) {
        const library = join(dist, 'libs', relative(join(dist, 'libs'), name).split('/')[0]);
        if (!folders.includes(library)) folders.push(library);
      } else if (!name.startsWith(`${folder}/`))
        throw new Error(`${relative(root, folder)} requires ${name}`);
    }
  return { folders, named };
}

const packageName = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The folder of a package as Node finds it from another folder; undefined: it is not installed. */
function found(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

/** Packages with all that they need (A2). */
function packageClosure(named) {
  const folders = [];
  const add = (name, from, isOptional) => {
    const folder = found(name, from);
    if (folder === undefined && isOptional) return;
    if (folder === undefined)
      throw new Error(`${name} is not installed, and ${relative(root, from)} needs it`);
    const { dev = false, devOptional = false } = locked[relative(root, folder)] ?? {};
    if (isOptional && (dev || devOptional)) return;
    if (dev) throw new Error(`${name} is a development package, and ${relative(root, from)} needs it`);
    if (!folders.includes(folder)) folders.push(folder);
  };
  for (const name of [...named].map(packageName).sort())
    if (!name.startsWith('node:') && !builtins.has(name)) add(name, root, false);
  for (const folder of folders) {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const optional = { ...about.optionalDependencies, ...about.peerDependencies };
    for (const name of Object.keys(about.dependencies ?? {})) add(name, folder, name in optional);
    for (const name of Object.keys(optional)) add(name, folder, true);
  }
  // Types are for compilers; and Node itself is a layer that all images share.
  return folders.filter((folder) => !/\/node_modules\/(?:@types\/|node-linux-)/.test(folder));
}

async function copyPackage(folder, target) {
  const nested = join(folder, 'node_modules');
  await cp(realpathSync(folder), target, {
    recursive: true,
    filter: (path) => path !== nested && !isLeftOut(basename(path)),
  });
}

async function assembleProgram(program, target) {
  const { folders, named } = partsOf(program);
  for (const folder of folders)
    await cp(folder, join(target, home, relative(root, folder)), {
      recursive: true,
      filter: (path) => !isTested(path) && !isLeftOut(basename(path)) && basename(path) !== '.stamp.json',
    });
  await cp(join(dist, 'package.json'), join(target, home, 'dist/package.json'));
  const files = program.startsWith('apps/') ? ['lumina.yaml', 'LICENSE'] : ['LICENSE'];
  for (const file of files) await cp(join(root, file), join(target, home, file));
  for (const folder of packageClosure(named))
    await copyPackage(folder, join(target, home, relative(root, folder)));
}

async function assembleNode(target) {
  const folder = join(root, 'node_modules', `node-linux-${process.arch}`);
  await mkdir(join(target, home), { recursive: true });
  await mkdir(join(target, 'usr/local/bin'), { recursive: true });
  await mkdir(join(target, 'usr/local/share/doc/node'), { recursive: true });
  await cp(join(folder, 'bin/node'), join(target, 'usr/local/bin/node'));
  await cp(join(folder, 'LICENSE'), join(target, 'usr/local/share/doc/node/LICENSE'));
}

/** Deepest first, because what is made in a folder changes its time (A3). */
async function settle(path) {
  const about = await stat(path);
  if (about.isDirectory()) for (const name of await readdir(path)) await settle(join(path, name));
  await chmod(path, about.isDirectory() || (about.mode & 0o100) !== 0 ? 0o755 : 0o644);
  await lutimes(path, epoch, epoch);
}

const [what, target] = process.argv.slice(2);
if (target === undefined || (what !== 'node' && !existsSync(join(dist, what, 'src/main.js')))) {
  process.stderr.write('usage: node tools/images/assemble.mjs PROGRAM|node TARGET\n');
  process.exit(2);
}
await mkdir(target, { recursive: true });
await (what === 'node' ? assembleNode(target) : assembleProgram(what, target));
await settle(target);
