import { execFile, execFileSync, spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { after, filesIn, tree, writes } from '../testing/writes';
import { reconcileTool, runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';

const repository = resolve(__dirname, '../../../..');
const program = join(repository, 'dist/apps/tool-executor/src/testing/killed-write.js');
const parallel = 3;

beforeAll(() => {
  const folders = ['libs/contracts', 'apps/tool-executor'];
  execFileSync(process.execPath, [join(repository, 'tools/build/build.mjs'), ...folders]);
}, 60_000);

async function planted(): Promise<ScratchWorkspace> {
  const scratch = await scratchWorkspace();
  for (const [path, text] of Object.entries(tree)) await scratch.write(path, text);
  return scratch;
}

const intentsOf = ({ root }: ScratchWorkspace): string => join(dirname(root), 'intents');

/** How many steps the write took, or that it was killed. */
const begin = (scratch: ScratchWorkspace, name: string, step: number): Promise<number | 'killed'> =>
  new Promise((done, fail) => {
    execFile(
      process.execPath,
      [program, scratch.root, intentsOf(scratch), name, String(step)],
      (error, out) => {
        if (error === null) done(Number(out));
        else if (error.signal === 'SIGKILL') done('killed');
        else fail(new Error(error.message));
      },
    );
  });

const withoutLeftovers = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !path.includes('.lumina-')));

describe.each(writes)('%s, killed', (name, tool, args, changes) => {
  /** Kills it at a step, and lets a second process end it. */
  async function killedAt(step: number): Promise<void> {
    const scratch = await planted();
    expect(await begin(scratch, name, step)).toBe('killed');
    const left = await filesIn(scratch.root);
    const known = new Set([...Object.values(tree), ...Object.values(changes)]);
    for (const [path, text] of Object.entries(left))
      if (!path.includes('.lumina-'))
        expect({ path, isKnown: known.has(text) }).toEqual({ path, isKnown: true });
    const signal = new AbortController().signal;
    const context = { workspace: scratch.workspace, signal, idempotencyKey: 'r1/call:1.0' };
    if (tool.isIdempotent) expect(await runTool(tool, args, context)).toMatchObject({ kind: 'ok' });
    else {
      const found = await reconcileTool(tool, args, context);
      if (found.kind === 'not_done') expect(withoutLeftovers(await filesIn(scratch.root))).toEqual(tree);
      if (found.kind === 'not_done') expect(await runTool(tool, args, context)).toMatchObject({ kind: 'ok' });
      else expect(found.kind).toBe('done');
    }
    expect(await filesIn(scratch.root)).toEqual(after(changes));
    expect((await readdir(scratch.root)).filter((each) => each.startsWith('.lumina-'))).toEqual([]);
    await scratch.remove();
  }

  it('is done or not done at every step, and the next attempt ends it', async () => {
    const scratch = await planted();
    const steps = await begin(scratch, name, 0);
    await scratch.remove();
    expect(steps).toBeGreaterThan(1);
    const pending = Array.from({ length: Number(steps) }, (_, n) => n + 1);
    const worker = async (): Promise<void> => {
      for (let step = pending.pop(); step !== undefined; step = pending.pop()) await killedAt(step);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }, 60_000);
});

it('a file that is written over and over has one content or the other whenever its writer is killed', async () => {
  const scratch = await planted();
  for (let round = 0; round < 6; round++) {
    const writer = spawn(process.execPath, [program, scratch.root, intentsOf(scratch), 'loop']);
    await new Promise((begun) => writer.stdout.once('data', begun));
    await setTimeout(100 + round * 37);
    const ended = new Promise((end) => writer.once('exit', end));
    writer.kill('SIGKILL');
    await ended;
    const text = await readFile(join(scratch.root, 'a'), 'utf8');
    expect({ length: text.length, letters: [...new Set(text)].length }).toEqual({
      length: 3_000_000,
      letters: 1,
    });
  }
  await scratch.remove();
}, 60_000);
