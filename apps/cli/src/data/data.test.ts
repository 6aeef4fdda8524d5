import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fakeShell } from '../command-line/fake-shell';
import { writeFileAtomically } from './atomic-file';
import { dataFolder, makeDataFolder } from './data-folder';
import { developmentKey, keptSecret, randomWord } from './dev-key';
import { repositoryRoot } from './repository';
import { inFolder } from './temporary-folder';

describe('dataFolder', () => {
  it('is named by the option before the environment before the default', () => {
    const shell = fakeShell({ env: { LUMINA_DATA: 'from-env' }, cwd: '/here' });
    expect(dataFolder('opt', shell).root).toBe('/here/opt');
    expect(dataFolder(undefined, shell).root).toBe('/here/from-env');
    expect(dataFolder(undefined, fakeShell({ env: { LUMINA_DATA: '' } })).root).toBe(
      join(repositoryRoot, '.lumina'),
    );
  });

  it('is its owner’s only', () =>
    inFolder((folder) => {
      const data = dataFolder('d', { env: {}, cwd: folder });
      makeDataFolder(data);
      makeDataFolder(data);
      expect(statSync(data.root).mode & 0o777).toBe(0o700);
      expect(existsSync(data.redis)).toBe(true);
    }));
});

describe('a data folder that cannot be', () => {
  it.each([
    ['in a file system that takes no folders', () => '/proc/nope/deeper'],
    ['below a file', (folder: string) => join(folder, 'file', 'd')],
    ['in the place of a file', (folder: string) => join(folder, 'file')],
  ])('%s is refused at once', (_, path) =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'file'), '');
      const data = dataFolder(path(folder), { env: {}, cwd: folder });
      expect(() => makeDataFolder(data)).toThrow(`the data folder cannot be ${data.root}`);
    }),
  );
});

describe('the development key', () => {
  it('is made once, long and random, and readable by its owner only', () =>
    inFolder((folder) => {
      const path = join(folder, 'dev-key');
      const key = developmentKey(path);
      expect(key).toMatch(/^lum_dev_[A-Za-z0-9]{32}$/);
      expect(developmentKey(path)).toBe(key);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }));

  it('is made again when the file is empty', () =>
    inFolder((folder) => {
      const path = join(folder, 'dev-key');
      writeFileSync(path, '');
      expect(developmentKey(path)).toMatch(/^lum_dev_/);
      expect(keptSecret(path, () => 'other')).toMatch(/^lum_dev_/);
    }));

  it('uses its whole alphabet', () => {
    expect(new Set(randomWord(5_000)).size).toBe(62);
  });
});

describe('writeFileAtomically', () => {
  it('replaces the content and leaves nothing else behind', () =>
    inFolder((folder) => {
      const path = join(folder, 'x');
      writeFileAtomically(path, 'one');
      writeFileAtomically(path, 'two');
      expect(readFileSync(path, 'utf8')).toBe('two');
      expect(readdirSync(folder)).toEqual(['x']);
    }));

  it('leaves no draft behind when it fails', () =>
    inFolder((folder) => {
      expect(() => writeFileAtomically(join(folder, 'is-a-folder', 'x'), 'one')).toThrow('ENOENT');
      chmodSync(folder, 0o700);
      expect(readdirSync(folder)).toEqual([]);
    }));
});
