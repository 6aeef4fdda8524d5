import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { read, root } from './testing/house';

const run = promisify(execFile);
jest.setTimeout(60_000);

interface ChartAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly runbook: string;
}

interface UnitTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const tests = 'tools/charts/testing/redis-alerts.yaml';
const alerts = parse(read('charts/redis-sentinel/files/alerts.yaml')) as readonly ChartAlert[];

describe('the alerts of charts/redis-sentinel', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-redis-alerts-'));
    const rules = alerts.map(({ alert, expr, for: wait, severity }) => ({
      ...{ alert, expr: expr.replaceAll('JOB', 'lumina/redis'), for: wait },
      labels: { severity, area: 'store' },
    }));
    await writeFile(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'redis', rules }] }));
    await copyFile(join(root, tests), join(folder, 'tests.yaml'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Comes with Debian's package prometheus, which `./lumina test` installs. */
  it('fire when they must, and only then', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', join(folder, 'tests.yaml')]);
    expect(stdout).toContain('SUCCESS');
  });

  it('are each seen to fire, not yet to, and to be silent', () => {
    const cases = (parse(read(tests)) as UnitTests).tests.flatMap((test) => test.alert_rule_test);
    const seen = alerts.map(({ alert }) => {
      const own = cases.filter(({ alertname }) => alertname === alert);
      const quiet = own.filter(({ exp_alerts }) => exp_alerts.length === 0).length;
      return [alert, own.length - quiet, quiet];
    });
    expect(seen).toEqual(alerts.map(({ alert }) => [alert, 1, 2]));
  });

  it('wake nobody: the page for their cause is another, whose runbook they name', () => {
    expect(new Set(alerts.map(({ severity }) => severity))).toEqual(new Set(['warning']));
    const missing = alerts.filter(({ runbook }) => !existsSync(join(root, `docs/runbooks/${runbook}.md`)));
    expect(missing).toEqual([]);
  });
});
