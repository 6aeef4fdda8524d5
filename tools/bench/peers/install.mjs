// Installs peers, each from its own lock file: node tools/bench/peers/install.mjs [NAME…], all of them when none is named.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { named } from './named.mjs';

/** No install scripts: the binaries that these packages need come as packages of their own. */
const command = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];

const folders = new Set(named(process.argv.slice(2)).map(({ main }) => dirname(main)));
const failed = [...folders].filter((folder) => {
  console.log(`${folder}: npm ${command.join(' ')}`);
  return spawnSync('npm', command, { cwd: join(import.meta.dirname, folder), stdio: 'inherit' }).status !== 0;
});
for (const folder of failed) console.error(`${folder} could not be installed; npm says why above`);
process.exitCode = failed.length === 0 ? 0 : 1;
