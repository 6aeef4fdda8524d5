import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checks } from './checks';
import { runAllChecks } from './main';
import { report } from './report';
import { treeOf, workingTree } from './source-tree';

const clock = (): (() => number) => {
  let nowMs = 0;
  return () => (nowMs += 250);
};

describe('report', () => {
  it('gives each check a line with its seconds', () => {
    const fine = { name: 'fine', faults: () => [] };
    expect(report([fine, fine], treeOf({}), clock())).toEqual({
      lines: ['ok     0.25 s  fine', 'ok     0.25 s  fine'],
      isClean: true,
    });
  });

  it('shows faults below their check', () => {
    const bad = { name: 'bad', faults: () => ['a.md:1 is wrong'] };
    expect(report([bad], treeOf({}), clock())).toEqual({
      lines: ['FAIL   0.25 s  bad', '       a.md:1 is wrong'],
      isClean: false,
    });
  });

  it('goes on after a check that throws, and is not clean', () => {
    const broken = {
      name: 'broken',
      faults: () => {
        throw new Error('no package.json');
      },
    };
    const { lines, isClean } = report([broken, { name: 'fine', faults: () => [] }], treeOf({}), clock());
    expect(isClean).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL/),
      expect.stringContaining('no package.json'),
      expect.stringMatching(/^ok/),
    ]);
  });

  it('an empty repository lacks its tables, its lock file, its alerts and its dashboards', () => {
    const { lines } = report(checks, treeOf({}), clock());
    expect(lines.filter((line) => line.startsWith('FAIL'))).toHaveLength(6);
  });
});

describe('the working tree', () => {
  let folder = '';
  const git = (...args: readonly string[]): void => {
    // Within a hook, git's own variables would lead to the repository that is being committed to.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    execFileSync('git', args, { cwd: folder, stdio: 'ignore', env });
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lumina-checks-'));
    git('init');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('has tracked and new files, without ignored and deleted ones', () => {
    for (const name of ['tracked.md', 'deleted.md', 'new.md', 'ignored.md'])
      writeFileSync(join(folder, name), name);
    writeFileSync(join(folder, '.gitignore'), 'ignored.md\n');
    git('add', 'tracked.md', 'deleted.md');
    rmSync(join(folder, 'deleted.md'));
    const tree = workingTree(folder);
    expect(tree.paths).toEqual(['.gitignore', 'new.md', 'tracked.md']);
    expect(tree.read('new.md')).toBe('new.md');
  });

  it('reads a binary file as nothing', () => {
    writeFileSync(join(folder, 'a.png'), Buffer.from([137, 80, 0, 1]));
    expect(workingTree(folder).read('a.png')).toBe('');
  });

  it('is judged by all checks, and the fault becomes the exit code', () => {
    const printed: string[] = [];
    expect(runAllChecks(folder, (text) => printed.push(text))).toBe(1);
    expect(printed.join('')).toContain('docs/errors.md is missing');
  });

  it('throws where there is no repository', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    expect(() => workingTree(folder)).toThrow('git');
  });
});
