// Installs peers, each from its own lock file: node tools/bench/peers/install.mjs [NAME…], all of them when none is named.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { named } from './named.mjs';

/** No install scripts: the binaries that these packages need come as packages of their own. */
const command = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];

const failed = named(process.argv.slice(2)).filter(({ name, main }) => {
  console.log(`${name}: npm ${command.join(' ')}`);
  const cwd = join(import.meta.dirname, dirname(main));
  return spawnSync('npm', command, { cwd, stdio: 'inherit' }).status !== 0;
});
for (const { name } of failed) console.error(`${name} could not be installed; npm says why above`);
process.exitCode = failed.length === 0 ? 0 : 1;
