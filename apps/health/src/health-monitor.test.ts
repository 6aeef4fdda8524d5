import { setTimeout as pause } from 'node:timers/promises';
import { parseSettings } from '@lumina/platform';
import { eventually, freePort } from '@lumina/testing';
import { describe, expect, it } from '@jest/globals';
import { HealthMonitor } from './health-monitor';
import { healthSettings } from './settings';

interface Line {
  readonly level: string;
  readonly fields: unknown;
}

async function monitorWithout(env: Record<string, string> = {}) {
  const settings = parseSettings(healthSettings, {
    LUMINA_REDIS_URL: `redis://:secret-word@127.0.0.1:${await freePort()}/0`,
    OPENAI_BASE_URL: `http://127.0.0.1:${await freePort()}`,
    LUMINA_MODEL: 'openai/m',
    LUMINA_HEALTH_INTERVAL: '100ms',
    LUMINA_HEALTH_TIMEOUT: '50ms',
    ...env,
  });
  const lines: Line[] = [];
  const write = (level: string) => (fields: unknown) => void lines.push({ level, fields });
  const log = { info: write('info'), warn: write('warn'), debug: write('debug') };
  return { lines, monitor: new HealthMonitor(settings, log) };
}

describe('the monitor', () => {
  it('is not ready before it has looked, and is then, whatever it found', async () => {
    const { monitor } = await monitorWithout();
    try {
      expect(await monitor.check()).toEqual({ rounds: 'none has ended yet' });
      expect(monitor.snapshot).toBeUndefined();
      await monitor.start();
      await eventually('a round', () => monitor.snapshot);
      expect(await monitor.check()).toEqual({ rounds: undefined });
      expect(monitor.snapshot?.status).toBe('unhealthy');
    } finally {
      await monitor.stop();
    }
  });

  it('is not ready any more when its rounds have ceased', async () => {
    const { monitor } = await monitorWithout();
    await monitor.start();
    await eventually('a round', () => monitor.snapshot);
    await monitor.stop();
    await pause(500);
    expect(await monitor.check()).toEqual({ rounds: 'none has ended for 1 s' });
  });

  it('stops at once when it has hardly begun', async () => {
    const { monitor } = await monitorWithout();
    await monitor.start();
    await monitor.stop();
    await pause(150);
    expect(monitor.snapshot).toBeUndefined();
  });

  it('watches the disk only where it knows a folder', async () => {
    const { monitor } = await monitorWithout();
    await monitor.start();
    const { checks } = await eventually('a round', () => monitor.snapshot);
    await monitor.stop();
    expect(Object.keys(checks)).toEqual(['redis', 'checkpointer', 'llm', 'queues', 'work', 'cluster']);
  });

  it('logs what changes, once, and no secret', async () => {
    const { lines, monitor } = await monitorWithout();
    await monitor.start();
    await pause(600);
    await monitor.stop();
    const told = lines.filter(({ level }) => level !== 'debug');
    expect(told.map(({ fields }) => (fields as { subject: string }).subject).sort()).toEqual([
      'check:checkpointer',
      'check:llm',
      'check:queues',
      'check:redis',
      'check:work',
      'status',
    ]);
    expect(new Set(told.map(({ level }) => level))).toEqual(new Set(['warn']));
    expect(JSON.stringify(lines)).not.toContain('secret-word');
  });
});
