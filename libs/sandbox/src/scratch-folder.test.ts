import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { scratchFolder } from './scratch-folder';

describe('a scratch folder', () => {
  it('clears away what a killed process left an hour ago, and nothing else', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'lumina-scratch-'));
    const gone = spawnSync('/bin/true').pid;
    const names = [
      `lumina-sandbox-${gone}-old`,
      `lumina-sandbox-${gone}-new`,
      `lumina-sandbox-${process.pid}-x`,
      'other',
    ];
    for (const name of names) await mkdir(join(parent, name));
    for (const name of names.filter((each) => !each.endsWith('new'))) await utimes(join(parent, name), 1, 1);
    const made = await scratchFolder(parent);
    expect((await readdir(parent)).sort()).toEqual([...names.slice(1), basename(made)].sort());
    await rm(parent, { recursive: true });
  });
});
