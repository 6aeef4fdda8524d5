import { constants } from 'node:fs';
import { appendFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Descriptor } from './descriptor';
import { OpenFile } from './open-file';
import { type ScratchWorkspace, scratchWorkspace } from './scratch-workspace';

const neverSignal = new AbortController().signal;
let scratch: ScratchWorkspace;
let name: string;
beforeEach(async () => {
  scratch = await scratchWorkspace();
  name = join(scratch.root, 'f');
  await scratch.write('f', 'abc');
});
afterEach(() => scratch.remove());

const open = (path: string): Promise<Descriptor> => Descriptor.open(path, constants.O_RDONLY);

describe('OpenFile', () => {
  it('reads all of a file that grows or shrinks after it was opened', async () => {
    const file = OpenFile.of(await open(name), 'f');
    await appendFile(name, 'd'.repeat(1000));
    expect(String(await file.bytes(5000, neverSignal))).toBe(`abc${'d'.repeat(1000)}`);
    await truncate(name, 1);
    expect(String(await file.bytes(5000, neverSignal))).toBe('a');
    file.close();
  });

  it('gives up on a file that is, or grows, larger than wanted', async () => {
    const file = OpenFile.of(await open(name), 'f');
    expect(await file.bytes(2, neverSignal)).toBeUndefined();
    expect(String(await file.bytes(3, neverSignal))).toBe('abc');
    await appendFile(name, 'd'.repeat(1000));
    expect(await file.bytes(100, neverSignal)).toBeUndefined();
    file.close();
  });

  it('stops when the signal fires', async () => {
    const file = OpenFile.of(await open(name), 'f');
    await expect(file.bytes(100, AbortSignal.abort())).rejects.toThrow('aborted');
    await expect(file.chunks(AbortSignal.abort()).next()).rejects.toThrow('aborted');
    file.close();
  });

  it('closes and refuses what is not a regular file', async () => {
    const descriptor = await open(scratch.root);
    expect(() => OpenFile.of(descriptor, 'root')).toThrow('root is a folder');
    expect(() => descriptor.fd).toThrow('closed');
    const device = await open('/dev/null');
    expect(() => OpenFile.of(device, 'null')).toThrow('not a regular file');
  });

  it('never uses a descriptor that it has closed', async () => {
    const file = OpenFile.of(await open(name), 'f');
    file.close();
    file.close();
    await expect(file.bytes(100, neverSignal)).rejects.toThrow('closed');
  });
});
