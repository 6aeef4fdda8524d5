import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { type Helm, type Said, installedHelm } from './helm';
import { builtSettings, read, root } from './testing/house';

jest.setTimeout(120_000);

/** A path in values, something that nobody may write there, and how Helm says what it should be. */
type Wrong = readonly [path: string, value: unknown, said: string];

const lumina: readonly Wrong[] = [
  ['settings.LUMINA_LEASE', '3 seconds', '(ms|s|m|h|d)'],
  ['settings.LUMINA_STORE_DEADLINE', '-1s', '(ms|s|m|h|d)'],
  ['settings.LUMINA_MAX_BODY', '1 mebibyte', 'KiB|MiB'],
  ['settings.LUMINA_STEP_CONCURRENCY', '1.5', '[0-9]+'],
  ['settings.LUMINA_STEP_CONCURRENCY', 20, 'want string'],
  ['settings.LUMINA_SANDBOX', 'docker', 'landlock'],
  ['settings.LUMINA_DURABILITY', 'maybe', 'replicated'],
  ['settings.OTEL_SDK_DISABLED', 'perhaps', 'true|yes'],
  ['settings.OLLAMA_BASE_URL', 'ollama:11434', '(http|https)://'],
  ['settings.OTEL_EXPORTER_OTLP_ENDPOINT', 'collector', '(http|https)://'],
  ['settings.LUMINA_MODEL', 'gpt-5', '/'],
  ['settings.LUMINA_CORS_ORIGINS', 'https://a.example/path', 'https?'],
  ['gateway.settings.LUMINA_DRAIN_TIMEOUT', '20 sec', '(ms|s|m|h|d)'],
  ['gateway.resources.limits.memory', '2gb', 'Ki|Mi|Gi'],
  ['toolExecutor.resources.requests.cpu', 'half', '[0-9]+'],
  ['gateway.replicas.min', 0, 'want 1'],
  ['gateway.replicas.min', 11, 'the least (11) is more than the most (10)'],
  ['gateway.preStopSeconds', '10s', 'want integer'],
  ['workspace.size', '50GB', 'Ki|Mi|Gi'],
  ['workspace.existingClaim', 'Files of all', '[a-z0-9]'],
  ['redis.url', 'http://redis:6379', 'rediss?://'],
  ['redis.sentinels', ['sentinel-a'], ':([1-9]'],
  ['redis.cidrs', ['10.20.0.0'], '/[0-9]'],
  ['secrets.existing.OPENAI_API_KEY', { name: 'Model Keys', key: 'openai' }, '[a-z0-9]'],
  ['secrets.external.refreshInterval', 'hourly', '(ms|s|m|h)'],
  ['autoscaling.cpuPercent', 700, 'want 100'],
  ['autoscaling.prometheusUrl', 'prometheus:9090', 'https?://'],
  ['route.hostnames', ['https://agents.example.org'], '[a-z0-9]'],
  ['ingress.host', 'agents.example.org/', '[a-z0-9]'],
  ['monitoring.interval', '15', '(ms|s|m|h)'],
  ['monitoring.grafanaUrl', 'grafana', 'https?://'],
  ['networkPolicy.privateCidrs', ['everything'], '/[0-9]'],
  ['image.tag', 'lumina/gateway:1.0', '[A-Za-z0-9_]'],
  ['image.digests', { gateway: 'sha256:12' }, '{64}'],
  ['mesh.provider', 'consul', "'linkerd'"],
];

const redis: readonly Wrong[] = [
  ['settings.maxmemory', '1400 MB', 'mb|g|gb'],
  ['settings.downAfterMs', '1s', 'want integer'],
  ['storage.size', '10 GiB', 'Ki|Mi|Gi'],
  ['resources.limits.cpu', 'two', '[0-9]+'],
  ['image.digest', 'latest', '{64}'],
  ['monitoring.runbookUrl', 'docs/runbooks', 'https?://'],
];

const cases = [
  ...lumina.map((wrong) => ['lumina', ...wrong] as const),
  ...redis.map((wrong) => ['redis-sentinel', ...wrong] as const),
];

describe('values that nobody may write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-values-'));
  let helm: Helm;
  let files = 0;

  function template(chart: string, path: string, value: unknown): Promise<Said> {
    const file = join(folder, `${(files += 1)}.yaml`);
    const nested = path.split('.').reduceRight<unknown>((below, key) => ({ [key]: below }), value);
    writeFileSync(file, stringify(nested));
    return helm.template({ chart: `${root}/charts/${chart}`, release: 'x', valuesFiles: [file] });
  }

  beforeAll(async () => {
    helm = await installedHelm(root);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(cases)(
    '%s: %s = %j is refused, and what it should be is said',
    async (chart, path, value, said) => {
      const { isContent, text } = await template(chart, path, value);
      expect({ isContent, text }).toEqual({ isContent: false, text: expect.stringContaining(said) });
      expect(text.replaceAll('/', '.')).toContain(path.split('.').at(-2) ?? path);
    },
  );

  it('but every default of a setting may be written out', async () => {
    const written = Object.values(builtSettings())
      .flat()
      .flatMap((setting) => {
        const { name, isSecret, default: usual } = setting as typeof setting & { readonly default?: string };
        return isSecret || usual === undefined ? [] : [[name, usual] as const];
      });
    const schema = JSON.parse(read('charts/lumina/values.schema.json')) as {
      properties: { settings: { properties: Readonly<Record<string, unknown>> } };
    };
    const known = written.filter(([name]) => name in schema.properties.settings.properties);
    expect(known.length).toBeGreaterThan(30);
    const { isContent, text } = await template('lumina', 'settings', Object.fromEntries(known));
    expect({ isContent, text: isContent ? '' : text }).toEqual({ isContent: true, text: '' });
  });
});
