// Restate's own server, on free ports of loopback: one node with every role, in its profile for production.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, launch } from '../processes.mjs';

const pollMs = 50;
const startWithinMs = 45_000;

/** Without its launcher, which would be one more process that only waits. */
function binary() {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/restate-server`);
  } catch {
    throw new Error(`${name} is not installed: Restate ships its server for Linux and macOS, x64 and arm64`);
  }
}

export const settings = {
  RESTATE_DEFAULT_NUM_PARTITIONS: process.env.RESTATE_DEFAULT_NUM_PARTITIONS ?? '24',
  RESTATE_AUTO_PROVISION: 'true',
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LOG_FILTER: 'warn,octocrab=off',
  RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
};

/** @returns the process, the URL that takes invocations and the one that takes deployments, once both answer */
export async function startServer(baseDir) {
  const [ingress, admin, fabric] = await Promise.all([freePort(), freePort(), freePort()]);
  const env = {
    ...settings,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${fabric}`,
  };
  const args = ['--production', '--no-logo', '--node-name', 'bench', '--base-dir', baseDir];
  const child = launch(binary(), args, { env, cwd: baseDir });
  child.stdout.pipe(process.stderr);
  const urls = { ingressUrl: `http://127.0.0.1:${ingress}`, adminUrl: `http://127.0.0.1:${admin}` };
  await answers(`${urls.adminUrl}/health`, child);
  await answers(`${urls.ingressUrl}/restate/health`, child);
  return { child, ...urls };
}

async function answers(url, child) {
  for (const end = Date.now() + startWithinMs; Date.now() < end; await sleep(pollMs)) {
    if (child.exitCode !== null) throw new Error(`restate-server ended with ${child.exitCode}`);
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
  }
  throw new Error(`${url} does not answer`);
}
