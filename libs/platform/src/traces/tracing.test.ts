import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type OtlpCollector, startOtlpCollector } from '@lumina/testing';
import { parseSettings } from '../config';
import { headersIn } from './collector';
import { openTracing } from './open-tracing';
import { OtlpTracing } from './otlp-tracing';
import { spanIdOf } from './trace-context';
import { traceSettings } from './trace-settings';

const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };

describe('spans', () => {
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
  function opened(env: Readonly<Record<string, string>> = {}, url = collector.url): [OtlpTracing, unknown[]] {
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
    const faults: unknown[] = [];
    const settings = parseSettings(traceSettings, process.env);
    return [new OtlpTracing(settings, 'probe', (fault) => faults.push(fault)), faults];
  }

  it('arrive with their parent, their own id, their link and their failure', async () => {
    const [tracing] = opened();
    const link = { ...parent, spanId: 'c'.repeat(16) };
    const span = tracing.start('work', {
      kind: 'consumer',
      parent,
      spanId: spanIdOf('x'),
      links: [link],
      attributes: { text: 'words', number: 3, list: ['a', 'b'], nothing: undefined },
    });
    span.set({ late: true });
    span.end('broken');
    span.end();
    span.set({ tooLate: true });
    await tracing.close();
    expect(collector.spans()).toEqual([
      expect.objectContaining({
        ...{ service: 'lumina-probe', name: 'work', kind: 5, isError: true },
        ...{ traceId: parent.traceId, parentId: parent.spanId, spanId: spanIdOf('x'), links: [link.spanId] },
        attributes: { text: 'words', number: 3, list: ['a', 'b'], late: true, 'error.type': 'broken' },
      }),
    ]);
  });

  it('carry the name, the attributes and the headers that the environment gives', async () => {
    const [tracing] = opened({
      OTEL_SERVICE_NAME: 'mine',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-team=a',
    });
    tracing.start('work', { parent: undefined }).end();
    await tracing.close();
    expect(collector.spans()).toMatchObject([{ service: 'mine', parentId: '' }]);
    expect(collector.headers()).toMatchObject([{ authorization: 'Bearer abc', 'x-team': 'a' }]);
  });

  it('hold no secret that the process was given, and nothing that looks like one', async () => {
    const [tracing] = opened({ SOME_API_KEY: 'planted-key-of-something' });
    const attributes = { text: 'the key is planted-key-of-something', list: ['planted-key-of-something'] };
    tracing.start('work', { parent: undefined, attributes }).end();
    await tracing.close();
    expect(collector.spans()).toHaveLength(1);
    expect(collector.raw().toString('latin1')).not.toContain('planted-key');
  });

  it.each([
    ['always_off', undefined, 0],
    ['parentbased_always_on', { ...parent, isSampled: false }, 0],
    ['parentbased_always_off', parent, 1],
    ['traceidratio', parent, 0],
  ])('are sampled as %s says', async (sampler, under, count) => {
    const [tracing] = opened({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0' });
    const span = tracing.start('work', { parent: under });
    expect(span.context.isSampled).toBe(count === 1);
    if (under !== undefined) expect(span.context.traceId).toBe(under.traceId);
    span.end();
    await tracing.close();
    expect(collector.spans()).toHaveLength(count);
  });

  it('that no collector takes are given up on: nobody waits, nothing throws, one line says so', async () => {
    const [tracing, faults] = opened({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' }, 'http://127.0.0.1:9');
    for (let n = 0; n < 5_000; n += 1) tracing.start('work', { parent: undefined }).end();
    const began = performance.now();
    await tracing.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(faults.length).toBeLessThanOrEqual(1);
  });
});

describe('without a collector', () => {
  it.each([{}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }])(
    'there is no tracing: %j',
    async (env) => {
      const settings = { ...parseSettings(traceSettings, env), LUMINA_LOG_LEVEL: 'info' as const };
      expect(await openTracing(settings, 'probe')).toBeUndefined();
    },
  );

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
      const open = (env) => platform.openTracing(
        { ...platform.parseSettings(platform.traceSettings, env), LUMINA_LOG_LEVEL: 'silent' }, 'probe');
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

describe('headers of one variable', () => {
  it('are pairs with commas between, decoded; what is none is left out', () => {
    expect(headersIn('a=1, b = two%20words ,,=x,c=%zz')).toEqual({ a: '1', b: 'two words', c: '%zz' });
    expect(headersIn()).toEqual({});
  });
});
