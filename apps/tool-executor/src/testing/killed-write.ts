import { runTool } from '../tool';
import { FileIntents, Workspace } from '../workspace';
import { breakableDisk } from '../workspace/breakable-disk';
import { writes } from './writes';

/**
 * For tests, as a process of its own: begins one of the writes and kills itself at a step, or writes over and over until somebody
 * kills it. Arguments: root, folder of intents, name of the write (or `loop`), step.
 */
async function main([
  root = '',
  intentsFolder = '',
  name = '',
  step = '0',
]: readonly string[]): Promise<void> {
  const breakable = breakableDisk((at) => {
    if (at === Number(step)) process.kill(process.pid, 'SIGKILL');
  });
  const workspace = await Workspace.open(root, {
    disk: breakable.disk,
    intents: new FileIntents(intentsFolder),
  });
  const signal = new AbortController().signal;
  if (name === 'loop') return loop(workspace);
  const [, tool, args] = writes.find(([known]) => known === name) ?? writes[0] ?? [];
  if (tool === undefined || args === undefined) throw new Error(name);
  await runTool(tool, args, { workspace, signal, idempotencyKey: 'r1/call:1.0' });
  process.stdout.write(String(breakable.steps()));
}

async function loop(workspace: Workspace): Promise<void> {
  const signal = new AbortController().signal;
  const [, tool] = writes[0] ?? [];
  if (tool === undefined) return;
  for (let round = 0; ; round++) {
    const content = (round % 2 === 0 ? 'A' : 'B').repeat(3_000_000);
    await runTool(tool, { path: 'a', content }, { workspace, signal, idempotencyKey: `r1/call:${round}` });
    process.stdout.write('.');
  }
}

void main(process.argv.slice(2));
