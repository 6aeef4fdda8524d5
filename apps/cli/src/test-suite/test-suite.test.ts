import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { testCommandIn } from '../commands/test';
import { fakeShell } from '../command-line/fake-shell';
import { inFolder } from '../data/temporary-folder';
import { countsOf, readJestReport } from './jest-report';
import { packageScript } from './package-script';
import { runSuite } from './suite';

const file = (name: string, statuses: readonly string[], message = '') => ({
  name,
  status: statuses.includes('failed') || message !== '' ? 'failed' : 'passed',
  message,
  startTime: 1_000,
  endTime: 2_500,
  assertionResults: statuses.map((status) => ({ status })),
});

describe('readJestReport', () => {
  it('tells unit and integration tests apart, and counts a file that cannot be loaded', () => {
    const testResults = [
      file('/r/libs/a/src/x.test.ts', ['passed', 'passed', 'pending']),
      file('/r/libs/a/src/x.integration.test.ts', ['passed', 'failed'], 'expected 1'),
      file('/r/apps/lumina-e2e/src/y.test.ts', ['passed']),
      file('/r/libs/b/src/broken.test.ts', [], 'SyntaxError'),
    ];
    const report = countsOf(readJestReport(JSON.stringify({ testResults })));
    expect(report.unit).toEqual({
      passed: 2,
      failed: 1,
      seconds: 3,
      failures: ['/r/libs/b/src/broken.test.ts\nSyntaxError'],
    });
    expect(report.integration).toMatchObject({ passed: 2, failed: 1 });
  });
});

interface FakeRepository {
  readonly scripts?: Readonly<Record<string, string>>;
  /** What stands in for Jest; it sees Jest's arguments. */
  readonly jest?: string;
}

const reporting = (results: readonly object[], exitCode = 0, stderr = ''): string => `
  const file = process.argv.find((word) => word.startsWith('--outputFile=')).slice(13);
  require('node:fs').writeFileSync(file, JSON.stringify({ testResults: ${JSON.stringify(results)} }));
  require('node:fs').writeFileSync('arguments', process.argv.slice(2).join('\\n'));
  process.stderr.write(${JSON.stringify(stderr)});
  process.exit(${exitCode});
`;

const passing = [file('/r/x.test.ts', ['passed', 'passed']), file('/r/y.integration.test.ts', ['passed'])];

async function inRepository(
  { scripts, jest = reporting(passing) }: FakeRepository,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const fine = {
      'format:check': 'node gate.js',
      lint: 'linter --max 0 .',
      check: 'node gate.js',
      typecheck: 'node gate.js',
    };
    write('package.json', JSON.stringify({ scripts: scripts ?? fine }));
    write('gate.js', '');
    write('node_modules/.bin/linter', '#!/bin/sh\nexit 0\n');
    chmodSync(join(folder, 'node_modules/.bin/linter'), 0o755);
    write('node_modules/jest/bin/jest.js', jest);
    await use(folder);
  });
}

async function suite(
  part: 'unit' | 'integration' | 'all',
  folder: string,
  signal = new AbortController().signal,
) {
  const shell = fakeShell();
  const count = await runSuite(part, shell.out, { cwd: folder, env: process.env, signal });
  return { count, text: shell.written.out, lines: shell.written.out.trimEnd().split('\n') };
}

describe('runSuite', () => {
  it('counts gates and tests, one line each', () =>
    inRepository({}, async (folder) => {
      const { count, lines } = await suite('all', folder);
      expect(count).toEqual({ passed: 8, failed: 0 });
      expect(lines.map((line) => line.replace(/ +[\d.]+ s {2}/, ' '))).toEqual([
        'ok format',
        'ok lint',
        'ok checks',
        'ok types',
        'ok unit tests: 2 passed, 0 failed',
        'ok integration tests: 1 passed, 0 failed',
        'ok coverage',
      ]);
    }));

  it.each([
    ['unit', { passed: 6, failed: 0 }, '--testPathIgnorePatterns'],
    ['integration', { passed: 1, failed: 0 }, '--testPathPatterns'],
  ] as const)('runs %s alone', (part, expected, flag) =>
    inRepository({}, async (folder) => {
      expect((await suite(part, folder)).count).toEqual(expected);
      expect(readFileSync(join(folder, 'arguments'), 'utf8')).toContain(flag);
    }),
  );

  it('shows what a gate said when it fails, and goes on', () =>
    inRepository(
      {
        scripts: {
          'format:check': 'node -e 0',
          lint: 'node gate.js',
          check: 'node missing.js',
          typecheck: 'node gate.js',
        },
      },
      async (folder) => {
        const { count, text } = await suite('unit', folder);
        expect(count).toEqual({ passed: 5, failed: 1 });
        expect(text).toMatch(/FAIL +[\d.]+ s {2}checks\n[\s\S]*Cannot find module/);
      },
    ));

  it('shows each failing test file', () =>
    inRepository(
      { jest: reporting([file('/r/x.test.ts', ['failed'], 'expected 1, got 2')], 1) },
      async (folder) => {
        const { count, text } = await suite('unit', folder);
        expect(count.failed).toBe(1);
        expect(text).toContain('  /r/x.test.ts\n  expected 1, got 2');
      },
    ));

  const attempts = (first: readonly object[], second: readonly object[]): string => `
    if (process.argv.includes('--runTestsByPath')) { ${reporting(second)} }
    ${reporting(first, 1).replaceAll('const file', 'var file')}
  `;
  const failed = file('/r/y.integration.test.ts', ['passed', 'failed'], 'took too long');

  it('runs what failed once more, alone, and says what passed only then, and how it had failed', () => {
    const alone = file('/r/y.integration.test.ts', ['passed', 'passed']);
    return inRepository({ jest: attempts([...passing.slice(0, 1), failed], [alone]) }, async (folder) => {
      const { count, text } = await suite('all', folder);
      expect(count).toEqual({ passed: 9, failed: 0 });
      expect(text).toMatch(
        /note .*unsteady: 1 file failed beside others and passed alone\n {2}.*y\.integ.*\n {2}took/,
      );
      expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(
        /--maxWorkers=1\n[^]*\/r\/y\.integration/,
      );
    });
  });

  it('counts what fails twice, and does not try again when much fails', async () => {
    await inRepository({ jest: attempts([failed], [failed]) }, async (folder) => {
      const { count, text } = await suite('integration', folder);
      expect(count).toEqual({ passed: 1, failed: 1 });
      expect(text).not.toContain('unsteady');
    });
    const many = Array.from({ length: 9 }, (_, n) => file(`/r/${n}.test.ts`, ['failed'], 'no'));
    await inRepository({ jest: attempts(many, passing) }, async (folder) => {
      expect((await suite('unit', folder)).count.failed).toBe(9);
    });
  });

  it('counts a missed coverage threshold', () => {
    const fault = 'Jest: "global" coverage threshold for lines (80%) not met: 71.2%';
    return inRepository({ jest: reporting(passing, 1, `${fault}\n`) }, async (folder) => {
      const { count, text } = await suite('all', folder);
      expect(count).toEqual({ passed: 7, failed: 1 });
      expect(text).toContain(fault);
    });
  });

  it('never takes a Jest that broke down for one that passed', async () => {
    await inRepository({ jest: 'console.error("bad configuration"); process.exit(1)' }, async (folder) => {
      const { count, text } = await suite('all', folder);
      expect(count.failed).toBeGreaterThan(0);
      expect(text).toContain('bad configuration');
    });
    await inRepository({ jest: reporting(passing, 1, 'a worker crashed') }, async (folder) => {
      const { count, text } = await suite('unit', folder);
      expect(count.failed).toBe(1);
      expect(text).toContain('a worker crashed');
    });
  });

  it('stops when it is interrupted', () =>
    inRepository({ scripts: { 'format:check': 'node gate.js' } }, async (folder) => {
      expect((await suite('all', folder, AbortSignal.abort())).count).toEqual({ passed: 0, failed: 0 });
    }));
});

describe('lumina test', () => {
  it('ends with the counts alone on the last line, and exit code 0', () =>
    inRepository({}, async (folder) => {
      const user = fakeShell({ env: { PATH: process.env['PATH'] ?? '' } });
      expect(await testCommandIn(folder).run(['unit'], user)).toBe(0);
      expect(user.written.out.split('\n').slice(-2)).toEqual(['6 passed, 0 failed', '']);
    }));

  it('answers 1 when anything failed', () =>
    inRepository(
      { jest: reporting([file('/r/x.integration.test.ts', ['failed'], 'no')], 1) },
      async (folder) => {
        const user = fakeShell();
        expect(await testCommandIn(folder).run(['integration'], user)).toBe(1);
        expect(user.written.out).toMatch(/\n0 passed, 1 failed\n$/);
      },
    ));

  it('keeps the settings of the caller’s stack away from the tests', () => {
    const jest = `require('node:fs').writeFileSync('seen', JSON.stringify(process.env)); ${reporting(passing)}`;
    return inRepository({ jest }, async (folder) => {
      const env = { OPENAI_API_KEY: 'k', LUMINA_DATA: 'd', HOME: '/h' };
      await testCommandIn(folder).run(['integration'], fakeShell({ env }));
      const seen = JSON.parse(readFileSync(join(folder, 'seen'), 'utf8')) as Record<string, string>;
      expect(seen['HOME']).toBe('/h');
      expect(Object.keys(seen).filter((name) => /^(LUMINA|OPENAI)_/.test(name))).toEqual([]);
    });
  });

  it('stops when it is interrupted, and says no counts', () =>
    inRepository({ jest: 'setInterval(() => {}, 1000)' }, async (folder) => {
      const user = fakeShell();
      const code = testCommandIn(folder).run(['integration'], user);
      setTimeout(() => user.interrupt(), 300);
      expect(await code).toBe(130);
      expect(user.written.out).toBe('');
    }));
});

describe('packageScript', () => {
  it('refuses what would need a shell, and what is not there', () =>
    inRepository({ scripts: { a: 'b && c', d: 'echo "x y"' } }, (folder) => {
      for (const name of ['a', 'd']) expect(() => packageScript(folder, name)).toThrow('needs a shell');
      expect(() => packageScript(folder, 'none')).toThrow('no script none');
      return Promise.resolve();
    }));
});
