import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dashboards, panelsOf } from './dashboards';
import { signalFiles } from './files';

const run = promisify(execFile);
jest.setTimeout(180_000);

/** What promtool says, and whether it is content. Comes with Debian's package prometheus, which `./lumina test` installs. */
async function promtool(...args: readonly string[]): Promise<{ isContent: boolean; said: string }> {
  try {
    const { stdout, stderr } = await run('promtool', [...args], { maxBuffer: 16 * 1_048_576 });
    return { isContent: true, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT')
      throw new Error('promtool is missing: apt-get install prometheus', { cause: error });
    return { isContent: false, said: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

describe('the rules, as Prometheus reads them', () => {
  const files = signalFiles();
  const tests = Object.keys(files).filter((name) => name.startsWith('prometheus/tests/'));
  let folder: string;

  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-rules-'));
    for (const [name, text] of Object.entries(files)) await write(name, text);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are rules', async () => {
    const rules = Object.keys(files).filter((name) => name.startsWith('prometheus/rules/'));
    const { isContent, said } = await promtool('check', 'rules', ...rules.map((name) => join(folder, name)));
    expect(said).not.toMatch(/duplicate/);
    expect({ isContent, said }).toMatchObject({ isContent: true });
  });

  it.each(tests)('fire when they must, and only then: %s', async (name) => {
    expect(await promtool('test', 'rules', join(folder, name))).toMatchObject({ isContent: true });
  });

  it('and every query of a dashboard, are PromQL', async () => {
    const queries = dashboards
      .flatMap(panelsOf)
      .flatMap(({ panel }) => panel.queries)
      .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m'));
    expect(queries.length).toBeGreaterThan(80);
    const asRules = (exprs: readonly string[]): string =>
      JSON.stringify({
        groups: [
          { name: 'queries', rules: exprs.map((expr, index) => ({ record: `query_${index}`, expr })) },
        ],
      });
    const file = await write('queries/all.yaml', asRules(queries));
    expect(await promtool('check', 'rules', file)).toMatchObject({ isContent: true });
    const wrong = await write('queries/wrong.yaml', asRules([`${queries[0]})`]));
    expect(await promtool('check', 'rules', wrong)).toMatchObject({ isContent: false });
  });

  it('would fail their tests if one of them fired too early, or never', async () => {
    const rules = files['prometheus/rules/store.yaml'] ?? '';
    await write('broken/tests/store.yaml', files['prometheus/tests/store.yaml'] ?? '');
    for (const [from, to] of [
      [/(check="redis"\}\) == 0 unless .*\n *for: )30s/, '$10s'],
      [/check="redis"\}\) == 0 unless/, 'check="redis"}) == 2 unless'],
    ] as const) {
      expect(rules).toMatch(from);
      await write('broken/rules/store.yaml', rules.replace(from, to));
      const { isContent, said } = await promtool('test', 'rules', join(folder, 'broken/tests/store.yaml'));
      expect({ isContent, isAboutIt: said.includes('LuminaRedisDown') }).toEqual({
        isContent: false,
        isAboutIt: true,
      });
    }
  });
});
