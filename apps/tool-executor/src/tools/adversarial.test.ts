import { chmod, link, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { tools } from '.';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const call = (name: string, args: Record<string, unknown>): Promise<ToolResult> => {
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const signal = new AbortController().signal;
  return runTool(tool, args, { workspace: scratch.workspace, signal, idempotencyKey: 'k' });
};

describe('large and broken trees', () => {
  it('bounds deep trees and says so', async () => {
    const deep = Array.from({ length: 200 }, () => 'd').join('/');
    await mkdir(join(scratch.root, deep), { recursive: true });
    expect(await call('read_file', { path: `${deep}/f` })).toMatchObject({ type: 'limit' });
    const result = await call('file_search', { pattern: 'nothing' });
    expect(result).toMatchObject({ content: '… nothing matches the pattern; 1 folder too deep to enter' });
  });

  it('reads a huge sparse file only as far as asked and never into memory', async () => {
    await scratch.write('huge', 'first line\n');
    await truncate(join(scratch.root, 'huge'), 64 * 1024 ** 3);
    expect(await call('read_file', { path: 'huge', limit: 1 })).toMatchObject({ type: 'binary' });
    expect(await call('grep_search', { pattern: 'first' })).toMatchObject({
      content: '… no match in 0 files; 1 file over 4.0 MiB skipped',
    });
  });

  it('searches 10,000 files in one folder', async () => {
    await mkdir(join(scratch.root, 'many'));
    const names = Array.from({ length: 10_000 }, (_, n) => `f${n}`);
    await Promise.all(
      names.map((name) => writeFile(join(scratch.root, 'many', name), name === 'f777' ? 'needle' : 'hay')),
    );
    expect(await call('grep_search', { pattern: 'needle' })).toMatchObject({
      content: 'many/f777:1: needle',
    });
    expect(await call('file_search', { pattern: 'f777?' })).toMatchObject({
      content: Array.from({ length: 10 }, (_, n) => `many/f777${n}`).join('\n'),
    });
  });

  it('counts names that are not valid UTF-8 and goes on', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${scratch.root}/bad`), Buffer.from([0xff, 0x0a])]), 'needle');
    await scratch.write('good', 'needle');
    expect(await call('grep_search', { pattern: 'needle' })).toMatchObject({
      content: 'good:1: needle\n… 1 name not valid UTF-8, skipped',
    });
    expect(await call('list_directory', {})).toMatchObject({
      content: '"bad\\xff\\x0a" (name is not valid UTF-8)  (size unknown)\ngood  6 B',
    });
  });

  it('goes on past folders that may not be read, or vanish', async () => {
    await scratch.write('a/f', 'needle');
    await scratch.write('locked/f', 'needle');
    await chmod(join(scratch.root, 'locked'), 0);
    const result = await call('grep_search', { pattern: 'needle' });
    await chmod(join(scratch.root, 'locked'), 0o755);
    const asUser = 'a/f:1: needle\n… 1 item could not be read (permission)';
    const asRoot = 'a/f:1: needle\nlocked/f:1: needle';
    expect(result).toMatchObject({ content: process.getuid?.() === 0 ? asRoot : asUser });
  });

  it('survives a tree that is torn down while it is searched', async () => {
    for (let n = 0; n < 300; n++) await scratch.write(`d${n % 30}/f${n}`, 'needle '.repeat(1000));
    const search = call('grep_search', { pattern: 'nee(d)le', max_results: 1000 });
    await Promise.all(
      (await readdir(scratch.root)).map((name) => rm(join(scratch.root, name), { recursive: true })),
    );
    expect(await search).toMatchObject({ kind: 'ok' });
  });

  it('counts a hard link as inside: it is the same file, and only who can open it can link it', async () => {
    await scratch.write('f', 'inside');
    await link(join(scratch.root, 'f'), join(scratch.root, 'hard'));
    expect(await call('read_file', { path: 'hard' })).toEqual({ kind: 'ok', content: 'inside' });
  });
});
