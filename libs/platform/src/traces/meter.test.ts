import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type OtlpCollector, eventually, startOtlpCollector } from '@lumina/testing';
import { parseSettings } from '../config';
import { meterSettings } from './meter-settings';
import { openMeter } from './open-meter';
import { OtlpMeter } from './otlp-meter';
import { traceSettings } from './trace-settings';

const settingsOf = (env: NodeJS.ProcessEnv) => ({
  ...parseSettings({ ...traceSettings, ...meterSettings }, env),
  LUMINA_LOG_LEVEL: 'silent' as const,
});

const names = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
};
const answered = {
  ...{ provider: 'openai', model: 'gpt-5', durationMs: 1_500, timeToFirstChunkMs: 250 },
  usage: { inputTokens: 100, outputTokens: 20 },
};

describe('the GenAI metrics of a process', () => {
  let collector: OtlpCollector;
  let before: NodeJS.ProcessEnv;
  beforeEach(async () => {
    before = { ...process.env };
    collector = await startOtlpCollector();
  });
  afterEach(async () => {
    process.env = before;
    await collector.close();
  });

  /** The exporter and the resource read the process' own environment. */
  function opened(env: Readonly<Record<string, string>> = {}, url = collector.url) {
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
    const faults: unknown[] = [];
    return { meter: new OtlpMeter(settingsOf(process.env), 'probe', (fault) => faults.push(fault)), faults };
  }

  it('arrive by their names, in the buckets that the conventions advise', async () => {
    const { meter } = opened();
    meter.count(answered);
    meter.count(answered);
    await meter.close();
    const found = collector.histograms();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ service: 'lumina-probe', name: 'gen_ai.client.operation.duration', unit: 's' },
          ...{ attributes: names, count: 2, sum: 3 },
          bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
        }),
        expect.objectContaining({
          ...{ name: 'gen_ai.client.operation.time_to_first_chunk', unit: 's', attributes: names },
          ...{ count: 2, sum: 0.5 },
        }),
        expect.objectContaining({
          ...{ name: 'gen_ai.client.token.usage', unit: '{token}', count: 2, sum: 200 },
          attributes: { ...names, 'gen_ai.token.type': 'input' },
          bounds: Array.from({ length: 14 }, (_one, index) => 4 ** index),
        }),
        expect.objectContaining({
          ...{ name: 'gen_ai.client.token.usage', count: 2, sum: 40 },
          attributes: { ...names, 'gen_ai.token.type': 'output' },
        }),
      ]),
    );
    expect(found).toHaveLength(4);
  });

  it('say of what failed how, and nothing of tokens that nobody counted', async () => {
    const { meter } = opened();
    meter.count({ provider: 'openai', model: 'gpt-5', durationMs: 300, errorType: 'timeout' });
    await meter.close();
    expect(collector.histograms()).toEqual([
      expect.objectContaining({
        name: 'gen_ai.client.operation.duration',
        attributes: { ...names, 'error.type': 'timeout' },
      }),
    ]);
  });

  it('are sent at intervals, with the headers that the environment gives', async () => {
    const { meter } = opened({
      OTEL_METRIC_EXPORT_INTERVAL: '50',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
    });
    meter.count(answered);
    await eventually('the collector has heard of it', () => collector.histograms().length === 4);
    expect(collector.headers()[0]).toMatchObject({ authorization: 'Bearer abc' });
    await meter.close();
  });

  it('go where metrics alone are told to go', async () => {
    const { meter } = opened(
      { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/v1/metrics` },
      'http://127.0.0.1:9',
    );
    meter.count(answered);
    await meter.close();
    expect(collector.histograms()).toHaveLength(4);
  });

  it('that no collector takes are given up on: nobody waits, nothing throws', async () => {
    const { meter } = opened({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' }, 'http://127.0.0.1:9');
    for (let n = 0; n < 1_000; n += 1) meter.count(answered);
    const began = performance.now();
    await meter.close();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('without a collector for them', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

  it.each([
    {},
    { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...endpoint, OTEL_METRICS_EXPORTER: 'none' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/v1/traces' },
  ])('nothing is counted: %j', async (env) => {
    expect(await openMeter(settingsOf(env), 'probe')).toBeUndefined();
  });

  it('nothing of the SDK is loaded', () => {
    const root = join(__dirname, '../../../..');
    const program = `
      const { swcOptions } = require(${JSON.stringify(join(root, 'tools/build/swc-options.mjs'))});
      const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
      const options = swcOptions(${JSON.stringify(root)});
      require('node:module')._extensions['.ts'] = (module, path) =>
        module._compile(transformFileSync(path, { ...options, sourceMaps: false }).code, path);
      const platform = require(${JSON.stringify(join(__dirname, '../index.ts'))});
      const loaded = () => Object.keys(require.cache).filter((path) => /@opentelemetry.(?!api)/.test(path)).length;
      const shape = { ...platform.traceSettings, ...platform.meterSettings };
      const open = (env) => platform.openMeter(
        { ...platform.parseSettings(shape, env), LUMINA_LOG_LEVEL: 'silent' }, 'probe');
      open({}).then(async () => {
        const off = loaded();
        await open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
        process.stdout.write(JSON.stringify({ off, on: loaded() > 0 }), () => process.exit(0));
      });`;
    const { stdout } = spawnSync(process.execPath, ['--no-warnings', '--eval', program], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual({ off: 0, on: true });
  });
});
