// Installs peers, each from its own lock file: node tools/bench/peers/install.mjs [NAME…], all of them when none is named.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const known = JSON.parse(readFileSync(join(here, 'peers.json'), 'utf8'));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.some((peer) => peer.name === name));
if (unknown.length > 0) {
  console.error(`no such peer: ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

// No install scripts: what these packages need of other machines' code comes as packages of its own.
const command = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];

const failed = known
  .filter(({ name }) => names.length === 0 || names.includes(name))
  .filter(({ name, main }) => {
    console.log(`${name}: npm ${command.join(' ')}`);
    const cwd = dirname(join(here, main));
    return spawnSync('npm', command, { cwd, stdio: 'inherit' }).status !== 0;
  });

for (const { name } of failed)
  console.error(
    `${name} could not be installed: npm said why above. Its platform's packages are in its package-lock.json.`,
  );
process.exitCode = failed.length === 0 ? 0 : 1;
