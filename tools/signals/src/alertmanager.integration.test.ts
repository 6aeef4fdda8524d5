import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { receiverOf } from './alertmanager-file';
import { alerts } from './alerts';
import { signalFiles } from './files';

const run = promisify(execFile);
jest.setTimeout(120_000);

/** Comes with Debian's package prometheus-alertmanager, which `./lumina test` installs. */
const amtool = async (...args: readonly string[]): Promise<string> => (await run('amtool', [...args])).stdout;

describe('who is told', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-routes-'));
    file = join(folder, 'alertmanager.yaml');
    await writeFile(file, signalFiles()['alertmanager/alertmanager.yaml'] ?? '');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is a configuration that Alertmanager takes', async () => {
    expect(await amtool('check-config', file)).toMatch(/SUCCESS/);
  });

  it('holds no secret: each is a file', async () => {
    const text = signalFiles()['alertmanager/alertmanager.yaml'] ?? '';
    expect(text).not.toMatch(/hooks\.slack\.com|(routing_key|api_url|credentials): /);
    expect(text).toMatch(/routing_key_file: /);
  });

  it.each(alerts.map((alert) => [alert.name, alert] as const))('of %s', async (name, { severity, area }) => {
    const labels = [`alertname=${name}`, `severity=${severity}`, `area=${area}`];
    const receiver = await amtool('config', 'routes', 'test', `--config.file=${file}`, ...labels);
    expect(receiver.trim()).toBe(receiverOf[severity]);
  });
});

describe('what silences what', () => {
  const silenced = new Map(alerts.map(({ name, silences = [] }) => [name as string, silences]));

  it('names alerts that there are', () => {
    const strangers = alerts.flatMap(({ silences = [] }) => silences.filter((name) => !silenced.has(name)));
    expect(strangers).toEqual([]);
  });

  /** Two that silence each other, however indirectly, would leave nobody told. */
  it('never goes round in a circle', () => {
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      (silenced.get(from) ?? []).some((next) => {
        if (next === to) return true;
        if (seen.has(next)) return false;
        return reaches(next, to, seen.add(next));
      });
    expect([...silenced.keys()].filter((name) => reaches(name, name))).toEqual([]);
  });

  it('lets nothing less urgent silence what wakes somebody', () => {
    const severityOf = new Map(alerts.map(({ name, severity }) => [name as string, severity]));
    const wrong = alerts
      .filter(({ severity }) => severity !== 'critical')
      .flatMap(({ name, silences = [] }) =>
        silences.filter((other) => severityOf.get(other) === 'critical').map((other) => `${name} → ${other}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('what lingers after its cause', () => {
  const lingering = alerts.filter(({ lingers }) => lingers !== undefined);
  const minutes = (lingers = '0m'): number => Number.parseInt(lingers, 10);

  it('lingers for longer than what it silences', () => {
    const wrong = lingering.flatMap(({ name, lingers, silences = [] }) =>
      lingering
        .filter((other) => silences.includes(other.name) && minutes(other.lingers) >= minutes(lingers))
        .map((other) => `${name} → ${other.name}`),
    );
    expect(lingering.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
});
