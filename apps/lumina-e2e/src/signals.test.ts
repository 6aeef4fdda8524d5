import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@lumina/testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clientOf, streamRun } from './conversation';
import { LeakyModel, canaries } from './leaky-model';
import { Stack, type StackProcess } from './stack';

const run = promisify(execFile);
const root = resolve(__dirname, '../../..');
jest.setTimeout(120_000);

/** Sentinels have nothing to say where there are none. */
const namesIn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| `(lumina_[a-z_]+)` +\| (?:counter|gauge|histogram)/gm)].map(([, name = '']) => name);

/** Secrets that the stack made for itself: the password of Redis, the pepper of keys. */
const secretFiles = (data: string): Promise<readonly string[]> =>
  Promise.all(
    ['redis/password', 'key-pepper'].map(async (name) => (await readFile(join(data, name), 'utf8')).trim()),
  );

describe('what a running stack tells', () => {
  const leaky = new LeakyModel();
  let stack: Stack;
  let runId: string;
  let scrapes: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const leakyUrl = await leaky.start();
    stack = await Stack.start({
      environment: {
        ...canaries.environment,
        OPENAI_BASE_URL: `${leakyUrl}/v1`,
        ANTHROPIC_BASE_URL: leakyUrl,
        LUMINA_MODEL: 'openai/gpt-leaky,simulated/simulated',
      },
    });
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    ({ runId } = await streamRun(client, thread, { task: 'which files mention "canary-of-the-task"?' }));
    for (let guess = 0; guess < 20; guess += 1) await fetch(`${stack.url}/canary-of-the-path-${guess}`);
    await fetch(`${stack.url}/threads/x`, { headers: { 'x-api-key': 'canary-of-the-key' } });
    const headers = {
      'x-api-key': await stack.key(),
      'content-type': 'application/json',
      cookie: 'a=canary-of-the-cookie',
    };
    const body = JSON.stringify({
      assistant_id: 'canary-of-the-body',
      webhook: 'https://x.example/?token=canary-of-the-hook',
    });
    await fetch(`${stack.url}/threads/${thread}/runs?q=canary-of-the-query`, {
      method: 'POST',
      headers,
      body,
    });
    const services = (await stack.processes()).filter(({ role }) => !role.startsWith('redis'));
    const told = services.map(
      async ({ role, url }) => [role, await (await fetch(`${url}/metrics`)).text()] as const,
    );
    scrapes = new Map(await Promise.all(told));
  });
  afterAll(async () => {
    await stack.stop();
    await leaky.stop();
  });

  const logs = async (): Promise<string> => {
    const folder = join(stack.data, 'logs');
    return (
      await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
    ).join('\n');
  };
  const all = (): string => [...scrapes.values()].join('\n');

  it('is every metric of the page, and no other', async () => {
    const documented = namesIn(await readFile(join(root, 'docs/metrics.md'), 'utf8'));
    const exported = [...new Set([...all().matchAll(/^# TYPE (lumina_[a-z_]+) /gm)].map(([, name]) => name))];
    expect(documented.length).toBeGreaterThan(50);
    expect(exported.toSorted()).toEqual([...documented].toSorted());
  });

  it.each(['ops/prometheus/rules', 'ops/grafana/dashboards'])(
    'is every metric that %s reads',
    async (place) => {
      const folder = join(root, place);
      const files = await Promise.all(
        (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
      );
      const expressions = files.join('\n').match(/^ *"?(?:expr"?|record): .*$/gm) ?? [];
      const read = new Set(expressions.join('\n').match(/\b(?:lumina|process|nodejs)_[a-z0-9_]+\b/g) ?? []);
      const exported = all();
      const missing = [...read].filter((name) => {
        const family = name.replace(/_(bucket|count|sum)$/, '');
        return !exported.includes(`# TYPE ${name} `) && !exported.includes(`# TYPE ${family} `);
      });
      expect(read.size).toBeGreaterThan(30);
      expect(missing).toEqual([]);
    },
  );

  it('counts what was done', () => {
    expect(all()).toMatch(/lumina_runs_total\{agent="lumina",outcome="succeeded".*\} 1/);
    expect(all()).toMatch(/lumina_run_queue_wait_seconds_count\{.*\} 1/);
    expect(all()).toMatch(/lumina_security_events_total\{type="auth_failure".*\} 1/);
    expect(all()).toMatch(/lumina_requests_total\{method="GET",route="unknown",status="404".*\} 20/);
    expect(all()).toMatch(/lumina_streams_total\{outcome="ended".*\} 1/);
  });

  it('holds nothing that was said, asked for or kept secret, and no name that has no end', async () => {
    expect(all()).not.toMatch(/canary/);
    expect(all()).not.toContain(runId);
    expect(all()).not.toContain(await stack.key());
  });

  it('is one wide event a request, a step and a tool call, each with whose it was and what came of it', async () => {
    const events = await eventually('the lines are written', async () => {
      const lines = (await logs()).split('\n').filter((line) => line.includes(runId) && line.startsWith('{'));
      const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      return new Set(found.map(({ event }) => event)).size >= 3 ? found : undefined;
    });
    const shared = { tenant: 'dev', run: runId, thread: expect.any(String) };
    const work = { ...shared, attempt: 1, outcome: 'committed', durationMs: expect.any(Number) };
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'request',
        ...shared,
        outcome: 'ok',
        route: '/threads/:thread/runs/stream',
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'step', ...work, item: 'step:1', costUsd: expect.any(Number) }),
    );
    expect(events).toContainEqual(expect.objectContaining({ event: 'call', ...work, item: 'call:1.0' }));
  });

  it('holds no secret and nothing that was said: not in logs, answers about health, or what commands print', async () => {
    const services = (await stack.processes()).filter(({ url }) => url.startsWith('http'));
    const paths = ['/health', '/health/ready', '/health/history', '/health/status', '/metrics'];
    const answerOf = async ({ url }: StackProcess, path: string): Promise<string> =>
      (await fetch(`${url}${path}`)).text();
    const answers = await Promise.all(
      services.flatMap((service) => paths.map((path) => answerOf(service, path))),
    );
    const commands = [
      ['status', '--json'],
      ['status'],
      ['doctor'],
      ['explain', runId],
      ['explain', runId, '--json'],
      ['usage'],
    ];
    const printed: string[] = [];
    for (const command of commands) {
      const { stdout, stderr } = await stack.command(...command);
      printed.push(stdout, stderr);
    }
    const told = { answers: answers.join('\n'), printed: printed.join('\n'), logs: await logs() };
    expect(leaky.isAsked).toBe(true);
    expect(told.logs).toContain('"event":"step"');
    const secrets = [await stack.key(), ...(await secretFiles(stack.data)), ...canaries.secrets];
    for (const [place, text] of Object.entries(told)) {
      const found = secrets.filter((secret) => text.includes(secret));
      expect({ place, found }).toEqual({ place, found: [] });
    }
    expect(told.answers).not.toMatch(canaries.said);
    expect(told.logs.replaceAll(/"path":"[^"]*"/g, '')).not.toMatch(canaries.said);
  });

  it('is enough for each runbook: the commands that it marks as runnable run', async () => {
    const folder = join(root, 'docs/runbooks');
    const pages = (await readdir(folder)).filter((name) => name !== 'README.md');
    const texts = await Promise.all(pages.map((name) => readFile(join(folder, name), 'utf8')));
    const blocks = texts.flatMap((text) => [...text.matchAll(/^```sh runnable\n([\s\S]*?)^```$/gm)]);
    const commands = [...new Set(blocks.flatMap(([, block = '']) => block.trim().split('\n')))];
    expect(blocks.length).toBeGreaterThanOrEqual(pages.length);
    const health = (await stack.processes()).find(({ role }) => role === 'health')?.url;
    const env = {
      ...stack.environment,
      LUMINA_DATA: stack.data,
      LUMINA_URL: stack.url,
      HEALTH_URL: health,
      RUN: runId,
    };
    leaky.isMended = true;
    await eventually('nothing is wrong', async () => (await stack.command('doctor')).code === 0, 30_000);
    for (const command of commands) {
      const { stdout } = await run('sh', ['-euc', command], { cwd: root, env });
      expect([command, stdout.length > 0]).toEqual([command, true]);
    }
  });
});
