import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { memoryLimitBytes } from './process-metrics';
import { methodOf } from './request-metrics';
import { noteRequest } from './request-notes';
import { createService } from './serve';
import { probeService } from './testing/probe-service';

describe('the requests of a service', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await createService(
      probeService(() => ({})),
      { bodyBytes: 1_024 },
    );
    // As the gateway's guard notes whose a request is.
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (request, _reply, done) => {
        const { tenant } = request.headers;
        if (typeof tenant === 'string') noteRequest(request.raw, { tenant });
        done();
      });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const series = async (): Promise<readonly string[]> => {
    const { body } = await app.inject({ method: 'GET', url: '/metrics' });
    return body.split('\n').filter((line) => line.startsWith('lumina_requests_total{'));
  };

  it('are counted by route and status; what strangers ask for is one label', async () => {
    for (let guess = 0; guess < 50; guess += 1)
      await app.inject({ method: 'GET', url: `/wp-admin/${guess}.php?x=${guess}` });
    const lines = await series();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/method="GET",route="unknown",status="404".*\} 50$/);
  });

  it('of scrapers and of the kubelet are not', async () => {
    await app.inject({ method: 'GET', url: '/health/live' });
    await app.inject({ method: 'GET', url: '/health/ready' });
    expect(await series()).toHaveLength(1);
  });

  it('of synthetic runs are not', async () => {
    await app.inject({ method: 'GET', url: '/chat', headers: { tenant: 'synthetic' } });
    expect((await series())[0]).toMatch(/ 50$/);
    await app.inject({ method: 'GET', url: '/chat', headers: { tenant: 'acme' } });
    expect((await series())[0]).toMatch(/ 51$/);
  });

  it('have a method that is known, or other', () => {
    expect(['GET', 'PATCH', 'PROPFIND', 'x'.repeat(10_000)].map(methodOf)).toEqual([
      ...['GET', 'PATCH', 'other', 'other'],
    ]);
  });
});

describe('the memory that a process may have', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-limit-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['the limit of its container', '536870912\n', 536_870_912],
    ['the machine where there is no limit', 'max\n', 8e9],
    ['the machine where the limit is beyond it', '9223372036854771712\n', 8e9],
    ['the machine where the file is nonsense', 'many', 8e9],
  ])('is %s', async (_what, text, bytes) => {
    const file = join(folder, 'memory.max');
    await writeFile(file, text);
    expect(memoryLimitBytes([join(folder, 'missing'), file], 8e9)).toBe(bytes);
  });
});
