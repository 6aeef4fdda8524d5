import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
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

  it('would fail their tests if one of them fired too early, or never', async () => {
    const rules = files['prometheus/rules/store.yaml'] ?? '';
    await write('broken/tests/store.yaml', files['prometheus/tests/store.yaml'] ?? '');
    for (const [from, to] of [
      ['check="redis"}) == 0\n        for: 30s', 'check="redis"}) == 0\n        for: 0s'],
      ['check="redis"}) == 0', 'check="redis"}) == 2'],
    ] as const) {
      expect(rules).toContain(from);
      await write('broken/rules/store.yaml', rules.replace(from, to));
      const { isContent, said } = await promtool('test', 'rules', join(folder, 'broken/tests/store.yaml'));
      expect({ isContent, isAboutIt: said.includes('LuminaRedisDown') }).toEqual({
        isContent: false,
        isAboutIt: true,
      });
    }
  });
});
