// Compiles the launcher of the Landlock sandbox (libs/sandbox/launcher) into dist/, when its sources have changed.
//
// Without a C compiler there is no launcher, and the tier is absent: the executor and `lumina doctor` say so.
// Usage: node tools/build/launcher.mjs     exit code 1 when it cannot be built
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'libs/sandbox/launcher');
const output = join(root, 'dist/libs/sandbox/launcher/lumina-landlock');

const flags = [
  ...['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Wconversion', '-Werror'],
  ...['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-s'],
];

async function digestOf(names) {
  const hash = createHash('sha256').update(flags.join(' '));
  for (const name of names) hash.update(name).update(await readFile(join(sources, name)));
  return hash.digest('hex');
}

async function isBuilt(digest) {
  try {
    await stat(output);
    return (await readFile(`${output}.digest`, 'utf8')) === digest;
  } catch {
    return false;
  }
}

/** Linked statically where the C library allows it: such a launcher starts in half the time. */
async function compile(names, target) {
  const files = names.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  for (const linking of [['-static'], []])
    try {
      await run('cc', [...flags, ...linking, '-o', target, ...files]);
      return;
    } catch (error) {
      if (error.code === 'ENOENT' || linking.length === 0) throw error;
    }
}

/** Answers undefined when the launcher is there, else why it cannot be. */
export async function buildLauncher() {
  if (process.platform !== 'linux') return 'the launcher is for Linux';
  const names = (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).sort();
  const digest = await digestOf(names);
  if (await isBuilt(digest)) return undefined;
  await mkdir(dirname(output), { recursive: true });
  // Other processes may run the one that is there: it is replaced, never written to.
  const target = `${output}.${process.pid}`;
  try {
    await compile(names, target);
    await rename(target, output);
    await writeFile(`${output}.digest`, digest);
    return undefined;
  } catch (error) {
    await rm(output, { force: true });
    return error.code === 'ENOENT' ? 'there is no C compiler' : (error.stderr ?? error.message);
  } finally {
    await rm(target, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fault = await buildLauncher();
  if (fault !== undefined) {
    process.stderr.write(`launcher: ${fault}\n`);
    process.exitCode = 1;
  }
}
