// Starting and stopping what runs beside the caller, all on loopback.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const readyWithinMs = 60_000;
const killAfterMs = 4000;

const launched = new Set();
process.once('exit', () => {
  for (const child of launched) child.kill('SIGKILL');
});

/** Ends with the caller, however that ends. Standard error goes to the caller's. */
export function launch(command, args, { env = {}, cwd } = {}) {
  const settings = { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] };
  const child = spawn(command, args, settings);
  launched.add(child);
  child.once('exit', () => launched.delete(child));
  return child;
}

/** @returns the first line of standard output that `isWanted`; what comes after is read and dropped */
export function lineOf(child, isWanted) {
  const name = child.spawnargs.join(' ');
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time: ${name}`)), readyWithinMs);
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${name}`)));
    child.once('error', reject);
    createInterface(child.stdout).on('line', (line) => {
      if (!isWanted(line)) return;
      clearTimeout(late);
      resolve(line);
    });
  });
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const kill = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  await ended;
  clearTimeout(kill);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
