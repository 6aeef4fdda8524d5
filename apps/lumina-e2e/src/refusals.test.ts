import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '@lumina/testing';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { Stack, bareEnvironment, lumina } from './stack';

jest.setTimeout(60_000);

describe('what goes wrong is said, with what to do about it', () => {
  let sim: ModelSim;
  let data: string;

  beforeAll(async () => {
    const scenario = parseScenario('turns:\n  - { text: "fine" }\n');
    sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario, requireKey: 'right-key' });
    data = await mkdtemp(join(tmpdir(), 'lumina-refusals-'));
  });

  afterAll(async () => {
    await sim.close();
    await rm(data, { recursive: true, force: true });
  });

  it('wrong usage: 2', async () => {
    const environment = { ...bareEnvironment(), LUMINA_DATA: data };
    for (const args of [
      ['run'],
      ['run', 'x', '--nonsense'],
      ['nonsense'],
      ['run', 'x', '--workspace', '/no/such/folder'],
    ]) {
      const { code, stderr } = await lumina(args, environment);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).not.toBe('');
    }
  });

  it('no model reachable: the run fails, and says where it looked', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}/v1`;
    const environment = { OPENAI_BASE_URL: nowhere, LUMINA_MODEL: 'openai/gone', LUMINA_MODEL_ATTEMPTS: '1' };
    const stack = await Stack.start({ environment });
    try {
      const { code, stderr } = await stack.command('run', 'hello');
      expect(code).toBe(1);
      expect(stderr).toContain('LUM_MODEL_UNAVAILABLE');
      expect(stderr).toContain('127.0.0.1');
    } finally {
      await stack.stop();
    }
  });

  it("the model's key is wrong: the run fails, and names the variable and not the key", async () => {
    const environment = {
      OPENAI_BASE_URL: `${sim.url}/v1`,
      OPENAI_API_KEY: 'wrong-key-1234',
      LUMINA_MODEL: 'openai/m',
    };
    const stack = await Stack.start({ environment });
    try {
      const { code, stdout, stderr } = await stack.command('run', 'hello');
      expect(code).toBe(1);
      expect(stderr).toContain('LUM_MODEL_REJECTED');
      expect(stderr).toContain('OPENAI_API_KEY');
      expect(stdout + stderr).not.toContain('wrong-key-1234');
    } finally {
      await stack.stop();
    }
  });

  it('a data folder that cannot be written: 1, with the folder', async () => {
    const folder = join(data, 'a-file');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(folder, '');
    await chmod(folder, 0o400);
    const { code, stderr } = await lumina(['run', 'hello'], { ...bareEnvironment(), LUMINA_DATA: folder });
    expect(code).toBe(1);
    expect(stderr).toContain(folder);
  });
});
