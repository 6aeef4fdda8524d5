import 'reflect-metadata';
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, type IncomingMessage, get } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@lumina/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { register } from 'prom-client';
import { parseSettings } from '../config';
import { SettingsError } from '../config/settings-error';
import { ConfigurationError } from '../files/yaml-file';
import { serviceLog } from '../logs/log-destination';
import { REQUEST_LOG } from './request-log';
import { createService, runMain, serve } from './serve';
import { serviceSettings } from './service-settings';
import { probeService } from './testing/probe-service';

function request(agent: Agent, url: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { agent }, resolve).on('error', reject);
  return promise;
}

const isBusy = ({ sockets }: Agent): boolean =>
  Object.values(sockets).some((open) => open?.some((one) => one.bytesWritten > 0));

describe('a service', () => {
  let faults: Record<string, string | undefined>;
  let app: NestFastifyApplication;

  beforeEach(async () => {
    register.clear();
    faults = {};
    app = await createService(
      probeService(() => faults),
      { bodyBytes: 1_024 },
    );
  });
  afterEach(async () => {
    await app.close();
    jest.restoreAllMocks();
    for (const signal of ['SIGTERM', 'SIGINT', 'disconnect', 'SIGUSR2']) process.removeAllListeners(signal);
  });

  const closingWith = (close: () => Promise<void>): NestFastifyApplication =>
    new Proxy(app, {
      get: (target, name) => (name === 'close' ? close : (Reflect.get(target, name) as unknown)),
    });

  const ask = async (url: string) => {
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const { statusCode, body } = await app.inject({ method: 'GET', url });
    return { status: statusCode, body };
  };

  it('is alive whatever is wrong around it', async () => {
    faults = { redis: 'away' };
    expect(await ask('/health/live')).toEqual({ status: 200, body: '{"status":"ok"}' });
  });

  it('is ready when each check is well', async () => {
    faults = { redis: undefined };
    const { status, body } = await ask('/health/ready');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 'ok', details: { redis: { status: 'up' } } });
  });

  it('is not ready when one check is not, and says which and why', async () => {
    faults = { redis: undefined, draining: 'the service is going' };
    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({
      status: 'error',
      error: { draining: { status: 'down', message: 'the service is going' } },
    });
  });

  it('shows its metrics under its name', async () => {
    const { status, body } = await ask('/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(/process_cpu_seconds_total\{service="probe"\} /);
  });

  it('shows them in the format of OpenMetrics to whoever prefers that, as often as it is asked', async () => {
    await app.init();
    const page = (accept: string) => app.inject({ method: 'GET', url: '/metrics', headers: { accept } });
    for (let time = 0; time < 2; time += 1) {
      const { body, headers } = await page('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
      expect(headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
      expect(body).toMatch(/^# TYPE process_cpu_seconds counter$/m);
      expect(body).toMatch(/^process_cpu_seconds_total\{service="probe"\} /m);
      expect(body).toMatch(/\n# EOF\n$/);
      const usual = await page('text/plain');
      expect(usual.headers['content-type']).toMatch(/^text\/plain/);
      expect(usual.body).toMatch(/^# TYPE process_cpu_seconds_total counter$/m);
      expect(usual.body).not.toContain('# EOF');
    }
  });

  it('exits 0 at once when it is asked to stop before it serves', () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    runMain('probe', () => new Promise<void>(() => undefined));
    process.emit('SIGTERM');
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it('closes and exits 0 when it is asked to stop while it begins to listen', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const serving = serve(app, { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 });
    process.emit('SIGTERM');
    await serving;
    await eventually('it exits', () => exit.mock.calls.length > 0);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)('closes and exits 0 on %s', async (signal) => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    await serve(app, { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 });
    const url = await app.getUrl();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    process.emit(signal as 'SIGTERM');
    await eventually('it exits', () => exit.mock.calls.length > 0);
    expect(exit).toHaveBeenCalledWith(0);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('says more on SIGUSR2, without a restart: its requests and the service itself', async () => {
    const own = serviceLog('probe', 'silent');
    const levels = () => [PinoLogger.root, app.get<Logger>(REQUEST_LOG), own].map(({ level }) => level);
    await serve(app, { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 });
    expect(levels()).toEqual(['silent', 'silent', 'silent']);
    process.emit('SIGUSR2');
    expect(levels()).toEqual(['debug', 'debug', 'debug']);
    PinoLogger.root.level = 'silent';
  });

  it('exits even when closing fails', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const stuck = closingWith(() => Promise.reject(new Error('stuck')));
    await serve(stuck, { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 });
    process.emit('SIGTERM');
    await eventually('it exits', () => exit.mock.calls.length > 0);
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('parts with its clients while it drains: their connections end with the answers', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const opened = Promise.withResolvers<string>();
    const instance = app.getHttpAdapter().getInstance();
    instance.get('/held', () => opened.promise);
    const drained = Promise.withResolvers<undefined>();
    await serve(
      closingWith(() => drained.promise),
      { host: '127.0.0.1', port: 0, drainTimeoutMs: 60_000 },
    );
    const agent = new Agent({ keepAlive: true });
    const url = await app.getUrl();
    const held = request(agent, `${url}/held`);
    await eventually('it is asked', () => isBusy(agent));
    process.emit('SIGTERM');
    expect((await request(agent, `${url}/health/live`)).headers.connection).toBe('close');
    opened.resolve('at last');
    const answer = await held;
    const { socket } = answer;
    expect({ status: answer.statusCode, connection: answer.headers.connection }).toEqual({
      status: 200,
      connection: 'keep-alive',
    });
    answer.resume();
    await eventually('its connection has ended', () => socket.destroyed);
    drained.resolve(undefined);
    await eventually('it exits', () => exit.mock.calls.length > 0);
    agent.destroy();
  });

  it('goes after the drain though something still holds it', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    let letGo = (): void => {};
    const held = closingWith(() => new Promise<void>((resolve) => (letGo = resolve)));
    await serve(held, { host: '127.0.0.1', port: 0, drainTimeoutMs: 1 });
    process.emit('SIGTERM');
    await eventually('it exits', () => exit.mock.calls.length > 0);
    expect(exit).toHaveBeenCalledTimes(1);
    letGo();
  });

  it('listens on loopback alone unless told otherwise', () => {
    expect(parseSettings(serviceSettings, {})).toMatchObject({
      LUMINA_HOST: '127.0.0.1',
      PORT: 0,
      LUMINA_DRAIN_TIMEOUT: 20_000,
    });
  });
});

describe('runMain', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function failing(error: unknown): Promise<{ code: unknown; said: string }> {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const write = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    runMain('probe', jest.fn<() => Promise<void>>().mockRejectedValue(error));
    await eventually('it exits', () => exit.mock.calls.length > 0);
    return { code: exit.mock.calls[0]?.[0], said: String(write.mock.calls[0]?.[0]) };
  }

  it.each([
    ['settings', new SettingsError([{ name: 'PORT', expected: 'a number' }])],
    ['a configuration file', new ConfigurationError('lumina.yaml does not fit')],
  ])('says what is wrong with %s without a stack, and exits 2', async (_, error) => {
    expect(await failing(error)).toEqual({ code: 2, said: `probe cannot start: ${error.message}\n` });
  });

  it('shows the stack of what nobody expected, and exits 1', async () => {
    const { code, said } = await failing(new Error('boom'));
    expect(code).toBe(1);
    expect(said).toMatch(/probe cannot start: Error: boom\n\s+at /);
  });

  it.each([
    ['an error without a stack', Object.assign(new Error('bare'), { stack: undefined }), 'bare'],
    ['what is not an error', 'a word', 'a word'],
  ])('says %s', async (_, error, said) => {
    expect(await failing(error)).toEqual({ code: 1, said: `probe cannot start: ${said}\n` });
  });
});

describe('a service as a process', () => {
  /** Runs a TypeScript file in a Node of its own, compiled as the build does. */
  function start(file: string): ChildProcess {
    const root = join(__dirname, '../../../..');
    const program = `
      const { swcOptions } = require(${JSON.stringify(join(root, 'tools/build/swc-options.mjs'))});
      const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
      const options = swcOptions(${JSON.stringify(root)});
      require('node:module')._extensions['.ts'] = (module, path) =>
        module._compile(transformFileSync(path, { ...options, sourceMaps: false }).code, path);
      require(${JSON.stringify(join(__dirname, file))});
    `;
    return spawn(process.execPath, ['--no-warnings', '--eval', program], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  it('says where it listens, and ends with 0 on SIGTERM', async () => {
    const child = start('testing/probe-main.ts');
    let url = '';
    child.on('message', (message: { type: string; url: string }) => (url = message.url));
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    await eventually('it listens', () => url !== '', 15_000);
    const answer = await fetch(`${url}/health/ready`);
    expect(answer.status).toBe(200);
    await answer.text();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});
