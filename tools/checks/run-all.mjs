// Builds the checks and runs them over the working tree: node tools/checks/run-all.mjs
import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const build = resolve(root, 'tools/build/build.mjs');
execFileSync(process.execPath, [build, 'libs/contracts', 'tools/checks'], { cwd: root, stdio: 'inherit' });

const { default: main } = await import(resolve(root, 'dist/tools/checks/src/main.js'));
process.exitCode = main.runAllChecks(root, console.log);

for (const page of ['configuration', 'tools', 'signals']) {
  try {
    execFileSync(process.execPath, [resolve(root, `tools/docs/${page}.mjs`)], {
      cwd: root,
      stdio: 'inherit',
    });
  } catch {
    process.exitCode = 1; // the tool has said what differs
  }
}
