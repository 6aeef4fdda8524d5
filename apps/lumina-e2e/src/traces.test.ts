import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type OtlpCollector, type ReceivedSpan, eventually, startOtlpCollector } from '@lumina/testing';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { Prometheus } from './prometheus';
import { Stack } from './stack';

jest.setTimeout(60_000);

const planted = 'planted-word-that-nobody-may-see';

/** Model, tool, model. The second answer takes long enough to be interrupted, also where a machine is busy. */
const scenario = `
after_last_turn: repeat
turns:
  - tool_calls:
      - { name: write_file, args: { path: a.txt, content: '${planted}' } }
  - before_headers_ms: 3000
    text: 'done'
`;

const clientTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const clientSpan = '00f067aa0ba902b7';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a run is one trace', () => {
  let sim: ModelSim;
  let stack: Stack;
  let collector: OtlpCollector;
  let key: string;

  beforeAll(async () => {
    collector = await startOtlpCollector();
    sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario: parseScenario(scenario) });
    stack = await Stack.start({
      environment: {
        OPENAI_BASE_URL: `${sim.url}/v1`,
        OPENAI_API_KEY: `${planted}-key`,
        LUMINA_LEASE: '1500ms',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '50ms',
        OTEL_METRIC_EXPORT_INTERVAL: '100',
      },
    });
    key = await stack.key();
  });
  afterAll(async () => {
    await stack.stop();
    await sim.close();
    await collector.close();
  });

  function waitForRun(headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const body = { assistant_id: 'lumina', input: { messages: [{ role: 'user', content: planted }] } };
    return fetch(`${stack.url}/runs/wait`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
      body: JSON.stringify(body),
    });
  }

  const ofTrace = (traceId: string): readonly ReceivedSpan[] =>
    collector.spans().filter((span) => span.traceId === traceId);

  /** Each span as its name below those that it is part of, in no order. */
  const tree = (spans: readonly ReceivedSpan[]): readonly string[] => {
    const path = (span: ReceivedSpan): string => {
      const above = spans.find(({ spanId }) => spanId === span.parentId);
      const name = span.name.replace(/ (?:gpt|glm|sim)\S*$/, ' model');
      return above === undefined ? name : `${path(above)} > ${name}`;
    };
    return spans.map(path).sort();
  };

  const whole = (spans: readonly ReceivedSpan[]): boolean =>
    spans.some(({ name }) => name.startsWith('invoke_agent')) &&
    spans.some(({ name }) => name.startsWith('POST'));

  it('in the trace of its client, from the gateway to the model, over all processes', async () => {
    const answer = await waitForRun({ traceparent: `00-${clientTrace}-${clientSpan}-01` });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(answer.headers.get('x-trace-id')).toBe(clientTrace);
    await eventually('the whole trace arrives', () => whole(ofTrace(clientTrace)), 5_000);
    const spans = ofTrace(clientTrace);
    const top = 'POST /runs/wait';
    const run = `${top} > accept run > invoke_agent lumina`;
    expect(tree(spans).map((path) => path.replace(/> chat .*/, '> chat'))).toEqual(
      [
        top,
        `${top} > accept run`,
        run,
        `${run} > execute_tool write_file`,
        ...[`${run} > step`, `${run} > step`],
        ...[`${run} > step > chat`, `${run} > step > chat`],
      ].sort(),
    );
    expect(spans.find(({ name }) => name === top)?.parentId).toBe(clientSpan);
    expect(new Set(spans.map(({ service }) => service))).toEqual(
      new Set(['lumina-gateway', 'lumina-agent-orchestrator', 'lumina-tool-executor']),
    );
    const chat = spans.find(({ name }) => name.startsWith('chat'));
    expect(chat?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.response.finish_reasons': expect.any(Array),
    });
  });

  it('and each request to a model is counted for the same collector, by the names of the conventions', async () => {
    const seriesOf = (metric: string) => collector.histograms().filter(({ name }) => name === metric);
    await eventually('both requests are counted', () =>
      seriesOf('gen_ai.client.operation.duration').some(({ count }) => count >= 2),
    );
    expect(seriesOf('gen_ai.client.operation.duration')).toMatchObject([
      {
        ...{ service: 'lumina-agent-orchestrator', unit: 's' },
        attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' },
      },
    ]);
    expect(
      seriesOf('gen_ai.client.token.usage').map(({ attributes }) => attributes['gen_ai.token.type']),
    ).toEqual(expect.arrayContaining(['input', 'output']));
  });

  it('also when its orchestrator is killed in between: the attempt that follows names the one before', async () => {
    const first = new Set(collector.spans().map(({ traceId }) => traceId));
    const answer = waitForRun();
    const ofThisRun = (): readonly ReceivedSpan[] =>
      collector.spans().filter(({ traceId }) => !first.has(traceId));
    await eventually('the tool has run', () =>
      ofThisRun().some(({ name }) => name.startsWith('execute_tool')),
    );
    await stack.killAll('agent-orchestrator');
    expect((await answer).status).toBe(200);
    const { traceId = '' } = ofThisRun().find(({ name }) => name.startsWith('execute_tool')) ?? {};
    await eventually('the whole trace arrives', () => whole(ofTrace(traceId)), 5_000);
    const spans = ofTrace(traceId);
    const again = spans.find(
      ({ attributes }) => attributes['lumina.item'] === 'step:2' && attributes['lumina.attempt'] === 2,
    );
    const run = String(again?.attributes['lumina.run.id']);
    expect(again?.links).toEqual([sha256(`${run}|step:2|1`).slice(0, 16)]);
    const ends = spans.filter(({ name }) => name === 'invoke_agent lumina');
    expect(ends).toHaveLength(1);
    expect(again?.parentId).toBe(ends[0]?.spanId);
    const known = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentId }) => !known.has(parentId)).map(({ name }) => name)).toEqual([
      'POST /runs/wait',
    ]);
  });

  it('which the log names with each step and each call, and which holds nothing that was said', async () => {
    const logs = join(stack.data, 'logs');
    const files = await readdir(logs);
    const texts = await Promise.all(files.map((file) => readFile(join(logs, file), 'utf8')));
    const lines = texts.join('\n').split('\n');
    const events = lines.filter((line) => line.includes(`"trace_id":"${clientTrace}"`));
    const wide = ['"event":"step"', '"event":"call"'];
    expect(wide.filter((event) => !events.some((line) => line.includes(event)))).toEqual([]);
    expect(collector.raw().toString('latin1')).not.toContain(planted);
  });

  it('which histograms name as exemplars, and Prometheus keeps', async () => {
    await (await waitForRun()).text();
    const services = (await stack.processes()).filter(({ role }) => !role.startsWith('redis'));
    const targets = Map.groupBy(services, ({ role }) => `lumina-${role}`);
    const prometheus = await Prometheus.start(
      Object.fromEntries([...targets].map(([job, of]) => [job, of.map(({ url }) => new URL(url).host)])),
    );
    try {
      await eventually('every page is read', async () => {
        const { activeTargets } = (await prometheus.ask('targets')) as Targets;
        const faults = activeTargets.filter(({ health }) => health !== 'up');
        if (faults.some(({ lastError }) => lastError !== '')) throw new Error(JSON.stringify(faults));
        return activeTargets.length === services.length && faults.length === 0;
      });
      const histograms = [
        ...[
          'lumina_request_duration_seconds',
          'lumina_run_duration_seconds',
          'lumina_run_queue_wait_seconds',
        ],
        ...['lumina_llm_duration_seconds', 'lumina_tool_duration_seconds'],
      ];
      const recorded = new Set(collector.spans().map(({ traceId }) => traceId));
      for (const histogram of histograms) {
        const traces = await tracesOf(prometheus, histogram);
        expect([histogram, traces.length > 0]).toEqual([histogram, true]);
        expect(traces.filter((trace) => !recorded.has(trace))).toEqual([]);
      }
    } finally {
      await prometheus.stop();
    }
  });
});

interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
}

interface Exemplars {
  readonly exemplars: readonly { readonly labels: { readonly trace_id: string } }[];
}

/** The traces that Prometheus has of a histogram. */
async function tracesOf(prometheus: Prometheus, histogram: string): Promise<readonly string[]> {
  const nowS = Date.now() / 1_000;
  const window = { start: String(nowS - 600), end: String(nowS + 10) };
  const found = await prometheus.ask('query_exemplars', { query: `${histogram}_bucket`, ...window });
  return (found as readonly Exemplars[]).flatMap(({ exemplars }) =>
    exemplars.map(({ labels }) => labels.trace_id),
  );
}
