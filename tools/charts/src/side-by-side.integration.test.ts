import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installedHelm } from './helm';
import type { KubernetesObject } from './kubernetes-object';
import { render, scenariosOf } from './scenario';
import { list, read, root } from './testing/house';
import { type PodProgram, type Seen, programsOf, sideBySide } from './testing/side-by-side';

jest.setTimeout(240_000);

/** Names of series as rules and adapters use them, without what a histogram adds, and without those that an adapter makes. */
const seriesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<!\bas: )\blumina_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  );

describe('the pods of scenario dev, run for real with what the chart gives them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-side-by-side-'));
  let objects: readonly KubernetesObject[];
  let programs: readonly PodProgram[];
  let seen: Seen;

  const runTogether = (own: readonly PodProgram[], last?: PodProgram): Promise<Seen> =>
    sideBySide({
      folder: mkdtempSync(join(folder, 'run-')),
      objects,
      programs: own,
      ...(last === undefined ? {} : { last }),
      names: [
        'redis',
        ...objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name),
      ],
    });

  beforeAll(async () => {
    const scenario = scenariosOf(root, 'lumina').find(({ name }) => name === 'lumina/dev');
    if (scenario === undefined) throw new Error('there is no scenario dev');
    objects = await render(await installedHelm(root), scenario);
    const all = programsOf(objects);
    programs = all.filter(({ name }) => name !== 'lumina-test');
    seen = await runTogether(
      programs,
      all.find(({ name }) => name === 'lumina-test'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('all of them are there', () => {
    expect(programs.map(({ name }) => name).toSorted()).toEqual(
      ['agent-orchestrator', 'gateway', 'health', 'simulated-model', 'tool-executor'].map(
        (name) => `lumina-${name}`,
      ),
    );
  });

  it('answer what their probes ask, on the ports that are exposed', () => {
    for (const { name, answers, said } of seen.programs) {
      const asked = Object.keys(answers).map((at) => at.replace(/^\d+/, ''));
      expect({ name, asked }).toEqual({ name, asked: expect.arrayContaining(['/health/ready']) });
      expect({ name, said, answers: [...new Set(Object.values(answers))] }).toEqual({
        name,
        said,
        answers: [200],
      });
    }
  });

  it('do a task for `helm test`', () => {
    expect(seen.last).toMatchObject({ code: 0, said: expect.stringContaining('a task was answered') });
  });

  it('have every metric that rules, adapters and scaling read', () => {
    const there = new Set(seen.programs.flatMap(({ metrics }) => metrics));
    const rules = list('charts/lumina/files/rules').map((name) => read(`charts/lumina/files/rules/${name}`));
    const texts = [...rules, read('k8s/prometheus-adapter/values.yaml')];
    const wanted = [...new Set(texts.flatMap(seriesIn))];
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !there.has(name))).toEqual([]);
  });

  it('end with 0 when they are asked to', () => {
    expect(seen.programs.map(({ name, code }) => ({ name, code }))).toEqual(
      programs.map(({ name }) => ({ name, code: 0 })),
    );
  });

  it('would not, with an argument that the program does not know', async () => {
    const model = programs.filter(({ name }) => name === 'lumina-simulated-model');
    const wrong = model.map((one) => ({ ...one, command: [...one.command.slice(0, -2), '--prot', '8090'] }));
    const [told] = (await runTogether(wrong)).programs;
    expect(told).toMatchObject({ code: 2, answers: { '8090/health/ready': 'no answer' } });
  });
});
