import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type OpenSandbox, openSandbox } from '../open-sandbox';
import type { SandboxTier } from '../sandbox';

const run = promisify(execFile);
const builder = join(__dirname, '../../../../tools/build/launcher.mjs');

/**
 * A tier for tests. Where it cannot be opened they fail: a sandbox that nobody has attacked counts for nothing.
 *
 * @throws Error that says what the machine lacks
 */
export async function openedTier(tier: SandboxTier): Promise<OpenSandbox> {
  if (tier === 'landlock') await run(process.execPath, [builder]);
  const { sandbox, faults } = await openSandbox(tier);
  if (sandbox === undefined) throw new Error(`${tier} cannot be tested here: ${JSON.stringify(faults)}`);
  return sandbox;
}
