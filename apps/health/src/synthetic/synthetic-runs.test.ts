import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { syntheticProbe } from '../probes/synthetic-probe';
import { type SyntheticRun, SyntheticRuns } from './synthetic-runs';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

describe('synthetic runs', () => {
  let server: Server;
  let url: string;
  let status: number;
  let asked: { method: string; path: string; key: unknown; body: string }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const { method = '', url: path = '', headers } = request;
        asked.push({ method, path, key: headers['x-api-key'], body });
        if (status === 0) return;
        const problem = { code: 'LUM_MODEL_FAILED', detail: 'what was said' };
        response.writeHead(status).end(JSON.stringify(status === 200 ? { answer: 'well' } : problem));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    [asked, status] = [[], 200];
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** What the first run came to. */
  async function first(place = url, timeoutMs = 5_000): Promise<{ run: SyntheticRun; runs: SyntheticRuns }> {
    const ended: SyntheticRun[] = [];
    const runs = new SyntheticRuns({
      ...{ url: place, key: () => 'a-key', agent: undefined, intervalMs: 60_000, timeoutMs },
      onRun: (run) => ended.push(run),
    });
    runs.start();
    try {
      const run = await eventually('a run has ended', () => ended[0]);
      return { run, runs };
    } finally {
      runs.stop();
    }
  }

  it('do what a client does, and leave no thread behind', async () => {
    const { run } = await first();
    expect(run).toMatchObject({ outcome: 'succeeded', detail: 'a run was answered' });
    const { thread_id: thread } = JSON.parse(asked[0]?.body ?? '{}') as { thread_id: string };
    expect(asked.map(({ method, path, key }) => [method, path, key])).toEqual([
      ['POST', '/chat', 'a-key'],
      ['DELETE', `/threads/${thread}`, 'a-key'],
    ]);
  });

  it('fail with the code of the refusal, and none of its words', async () => {
    status = 502;
    expect((await first()).run).toMatchObject({ outcome: 'failed', detail: '502 LUM_MODEL_FAILED' });
  });

  it('fail where no answer comes in time, and where nobody listens', async () => {
    status = 0;
    expect((await first(url, 100)).run).toMatchObject({
      outcome: 'failed',
      detail: 'no answer within 100 ms',
    });
    const nobody = await first('http://127.0.0.1:1');
    expect(nobody.run).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(/ECONNREFUSED|bad port/),
    });
  });

  it('come again and again until they are stopped', async () => {
    const ended: SyntheticRun[] = [];
    const runs = new SyntheticRuns({
      ...{ url, key: () => 'k', agent: 'small', intervalMs: 5, timeoutMs: 5_000 },
      onRun: (run) => ended.push(run),
    });
    runs.start();
    await eventually('three have ended', () => ended.length >= 3);
    runs.stop();
    const count = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked.length).toBeLessThanOrEqual(count + 1);
    expect(JSON.parse(asked[0]?.body ?? '{}')).toMatchObject({ agent: 'small' });
  });

  it('are a check of their own', async () => {
    const signal = new AbortController().signal;
    const run = {
      outcome: 'failed',
      detail: '503 LUM_STORE_UNAVAILABLE',
      durationMs: 12,
      endedAtMs: 5,
    } as const;
    expect(await syntheticProbe(() => undefined).run(signal)).toMatchObject({ isHealthy: true });
    expect(await syntheticProbe(() => run).run(signal)).toEqual({
      ...{ isHealthy: false, detail: run.detail, seen: { atMs: 5, latencyMs: 12 } },
    });
  });
});
