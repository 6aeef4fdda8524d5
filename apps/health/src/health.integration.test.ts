import 'reflect-metadata';
import { type Server, createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { queuePrefix } from '@lumina/queue';
import { connectRedis, createService, parseSettings } from '@lumina/platform';
import { HealthBoard } from '@lumina/store';
import { type ThrowawayRedis, eventually, freePort, startRedis } from '@lumina/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { register } from 'prom-client';
import { AppModule } from './app.module';
import type { HealthReport, HistoryReport } from './health-report';
import { healthSettings } from './settings';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  // Each service registers the process's own metrics anew; ours belong to their module.
  for (const { name } of await register.getMetricsAsJSON()) {
    if (!name.startsWith('lumina_')) register.removeSingleMetric(name);
  }
});

/** A Redis at a port of our choice, so that it can come back where it was. */
async function redisAt(port: number, args: readonly string[] = []): Promise<ThrowawayRedis> {
  const redis = await startRedis(['--port', String(port), ...args]);
  cleanups.push(() => redis.stop());
  return redis;
}

/** Lists one model, as OpenAI-compatible endpoints do. */
async function modelServerAt(port: number): Promise<{ readonly asked: () => number; stop(): Promise<void> }> {
  let asked = 0;
  const server: Server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  cleanups.push(stop);
  return { asked: () => asked, stop };
}

async function startHealth(redisPort: number, modelPort: number, env: Record<string, string> = {}) {
  const settings = parseSettings(healthSettings, {
    LUMINA_REDIS_URL: `redis://127.0.0.1:${redisPort}/0`,
    LUMINA_MODEL: 'openai/m',
    OPENAI_BASE_URL: `http://127.0.0.1:${modelPort}`,
    LUMINA_HEALTH_INTERVAL: '200ms',
    LUMINA_HEALTH_TIMEOUT: '400ms',
    LUMINA_HEALTH_MODEL_INTERVAL: '200ms',
    LUMINA_WORKSPACE_ROOT: '/tmp',
    LUMINA_LOG_LEVEL: 'silent',
    ...env,
  });
  const app = await createService(AppModule.of(settings), { bodyBytes: 1_024 });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const stop = () => app.close();
  cleanups.push(stop);
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { code: response.status, text: await response.text() };
  };
  const health = async () => {
    const { code, text } = await get('/health');
    return { code, report: JSON.parse(text) as HealthReport };
  };
  /** Our own lines only. */
  const metrics = async () => {
    const { text } = await get('/metrics');
    return text
      .split('\n')
      .filter((line) => line.startsWith('lumina_'))
      .join('\n');
  };
  const untilStatus = (status: string, timeoutMs?: number) =>
    eventually(
      `status ${status}`,
      async () => {
        const answer = await health();
        return answer.report.status === status ? answer : undefined;
      },
      timeoutMs,
    );
  return { get, health, metrics, untilStatus, stop };
}

describe('the health service', () => {
  it('finds everything well, publishes it, and measures it', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    const { code, report } = await service.untilStatus('healthy');
    expect(code).toBe(200);
    expect(report).toMatchObject({ llm_healthy: true, redis_healthy: true, checkpointer_healthy: true });
    expect(Object.keys(report.checks)).toEqual([
      'redis',
      'checkpointer',
      'llm',
      'queues',
      'work',
      'disk',
      'cluster',
    ]);
    expect(report.checks['cluster']?.detail).toBe('not in a cluster');

    const redis = connectRedis(
      { kind: 'url', url: `redis://127.0.0.1:${redisPort}/0`, password: undefined },
      'read',
      () => undefined,
    );
    cleanups.push(async () => redis.disconnect());
    const board = new HealthBoard(redis);
    const published = await eventually('a snapshot on the board', () => board.read());
    expect(published.status).toBe('healthy');
    expect(await redis.keys('*')).toEqual(['lum:{s0}:health']);

    const page = await service.get('/health/status');
    expect(page.code).toBe(200);
    expect(page.text).toContain('<h1>Everything works</h1>');
    expect((await service.get('/health/live')).code).toBe(200);
    expect((await service.get('/health/ready')).code).toBe(200);
    const text = await service.metrics();
    expect(text).toMatch(/^lumina_health_check\{check="redis",.*\} 1$/m);
    expect(text).toMatch(/^lumina_queue_jobs\{queue="steps",state="waiting",.*\} 0$/m);
    expect(text).toMatch(/^lumina_queue_oldest_job_age_seconds\{queue="tools",.*\} 0$/m);
  });

  it('says at once that Redis is gone, stays up, and recovers by itself', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    const redis = await redisAt(redisPort);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    await service.untilStatus('healthy');
    await redis.stop();
    const { code, report } = await service.untilStatus('unhealthy', 3_000);
    expect(code).toBe(503);
    expect(report).toMatchObject({ llm_healthy: true, redis_healthy: false, checkpointer_healthy: false });
    expect(report.checks['redis']?.detail).toMatch(/^not connected/);
    expect((await service.get('/health/live')).code).toBe(200);
    expect((await service.get('/health/ready')).code).toBe(200);
    const text = await service.metrics();
    expect(text).toMatch(/^lumina_health_check\{check="redis",.*\} 0$/m);
    expect(text).not.toMatch(/^lumina_queue_jobs\{/m);
    await redisAt(redisPort);
    await service.untilStatus('healthy');
    const history = JSON.parse((await service.get('/health/history')).text) as HistoryReport;
    const told = history.transitions.filter(({ subject }) => subject === 'status').map(({ to }) => to);
    expect(told).toEqual(['healthy', 'unhealthy', 'healthy']);
  });

  it('starts without Redis, and goes without it', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    const { report } = await eventually('a first round', async () => {
      const answer = await service.health();
      return 'redis' in answer.report.checks ? answer : undefined;
    });
    expect(report.checks['redis']?.detail).toContain('ECONNREFUSED');
    const startedAtMs = performance.now();
    await service.stop();
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });

  it('finds Redis that comes after it', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    await pause(300);
    await redisAt(redisPort);
    await service.untilStatus('healthy');
  });

  it('is not held by a Redis that hangs', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    const redis = await redisAt(redisPort);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    await service.untilStatus('healthy');
    process.kill(redis.pid, 'SIGSTOP');
    const { report } = await service.untilStatus('unhealthy', 3_000);
    expect(report.checks['redis']?.detail).toBe('no answer within 400 ms');
    expect(report.checks['llm']?.healthy).toBe(true);
    process.kill(redis.pid, 'SIGCONT');
    await service.untilStatus('healthy');
  });

  it('is degraded while no model can be asked', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort);
    const service = await startHealth(redisPort, modelPort);
    const { code, report } = await service.untilStatus('degraded');
    expect(code).toBe(200);
    expect(report).toMatchObject({ llm_healthy: false, redis_healthy: true });
    expect(report.checks['llm']?.detail).toContain('ECONNREFUSED');
    const models = await modelServerAt(modelPort);
    await service.untilStatus('healthy');
    await models.stop();
    await service.untilStatus('degraded');
  });

  it('does not ask for models at every round', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort);
    const models = await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort, { LUMINA_HEALTH_MODEL_INTERVAL: '1h' });
    const first = (await service.untilStatus('healthy')).report;
    const later = await eventually('a later round', async () => {
      const { report } = await service.health();
      return report.checks['redis']?.checked_at === first.checks['redis']?.checked_at ? undefined : report;
    });
    expect(models.asked()).toBe(1);
    expect(later.checks['llm']?.checked_at).toBe(first.checks['llm']?.checked_at);
  });

  it('finds doorbells that nobody answers', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort);
    await modelServerAt(modelPort);
    const queue = new Queue('tools', {
      connection: { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null },
      prefix: queuePrefix,
    });
    queue.on('error', () => undefined);
    await queue.add('ring', {}, { timestamp: Date.now() - 61_000 });
    await queue.add('ring', {});
    await queue.close();
    const service = await startHealth(redisPort, modelPort);
    const { code, report } = await service.untilStatus('degraded');
    expect(code).toBe(200);
    expect(report.checks['queues']?.detail).toMatch(
      /^steps: 0 waiting; tools: 2 waiting, the oldest for 6\d\.\d s: no worker takes it$/,
    );
    const text = await service.metrics();
    expect(text).toMatch(/^lumina_queue_jobs\{queue="tools",state="waiting",.*\} 2$/m);
    expect(text).toMatch(/^lumina_queue_oldest_job_age_seconds\{queue="tools",.*\} 6\d\.?\d*$/m);
  });

  it('tells a Redis that wants a password from one that is away, without telling the password', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort, ['--requirepass', 'right-word']);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort, { LUMINA_REDIS_PASSWORD: 'wrong-word' });
    const { text } = await eventually('the reason', async () => {
      const answer = await service.get('/health');
      return answer.text.includes('WRONGPASS') ? answer : undefined;
    });
    expect(text).not.toContain('wrong-word');
  });

  it('does not take a full Redis for a good one', async () => {
    const [redisPort, modelPort] = [await freePort(), await freePort()];
    await redisAt(redisPort, ['--maxmemory', '1000000', '--maxmemory-policy', 'noeviction']);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort);
    const { report } = await eventually('the fault', async () => {
      const answer = await service.health();
      return answer.report.checks['redis']?.detail.includes('maxmemory') ? answer : undefined;
    });
    expect(report).toMatchObject({ redis_healthy: false, checkpointer_healthy: false });
    expect(report.checks['checkpointer']?.detail).toMatch(/^OOM/);
  });

  it('does not take a replica for a master, and stays calm', async () => {
    const [redisPort, masterPort, modelPort] = [await freePort(), await freePort(), await freePort()];
    await redisAt(masterPort);
    await redisAt(redisPort, ['--replicaof', `127.0.0.1 ${masterPort}`]);
    await modelServerAt(modelPort);
    const service = await startHealth(redisPort, modelPort, {
      LUMINA_HEALTH_INTERVAL: '500ms',
      LUMINA_HEALTH_TIMEOUT: '5s',
    });
    await eventually('a first round', async () => 'redis' in (await service.health()).report.checks);
    // A refused write makes the client connect anew; were it sent again and again, there would never be a connection.
    for (let look = 0; look < 10; look += 1) {
      const { report } = await service.health();
      expect(report).toMatchObject({ status: 'unhealthy', checkpointer_healthy: false });
      expect(report.checks['redis']?.detail).toBe('the role is slave, not master: writes are refused');
      await pause(200);
    }
  });
});
