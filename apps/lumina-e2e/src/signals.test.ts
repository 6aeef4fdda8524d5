import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clientOf, streamRun } from './conversation';
import { Stack } from './stack';

const run = promisify(execFile);
const root = resolve(__dirname, '../../..');
jest.setTimeout(120_000);

/** Sentinels have nothing to say where there are none. */
const namesIn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| `(lumina_[a-z_]+)` +\| (?:counter|gauge|histogram)/gm)].map(([, name = '']) => name);

describe('what a running stack tells', () => {
  let stack: Stack;
  let runId: string;
  let scrapes: ReadonlyMap<string, string>;

  beforeAll(async () => {
    stack = await Stack.start();
    const client = clientOf(stack.url, await stack.key());
    const { thread_id: thread } = await client.threads.create();
    ({ runId } = await streamRun(client, thread, { task: 'which files mention "canary-of-the-task"?' }));
    for (let guess = 0; guess < 20; guess += 1) await fetch(`${stack.url}/canary-of-the-path-${guess}`);
    await fetch(`${stack.url}/threads/x`, { headers: { 'x-api-key': 'canary-of-the-key' } });
    const services = (await stack.processes()).filter(({ role }) => !role.startsWith('redis'));
    const told = services.map(
      async ({ role, url }) => [role, await (await fetch(`${url}/metrics`)).text()] as const,
    );
    scrapes = new Map(await Promise.all(told));
  });
  afterAll(() => stack.stop());

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
    for (const command of commands) {
      const { stdout } = await run('sh', ['-euc', command], { cwd: root, env });
      expect([command, stdout.length > 0]).toEqual([command, true]);
    }
  });
});
