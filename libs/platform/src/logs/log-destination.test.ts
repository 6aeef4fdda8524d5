import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(__dirname, '../../../..');

/** Runs `body` in a Node of its own, with a service's log as `log`. Returns the lines on its standard output. */
function logged(body: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const program = `
    const { swcOptions } = require(${JSON.stringify(join(root, 'tools/build/swc-options.mjs'))});
    const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
    const options = swcOptions(${JSON.stringify(root)});
    require('node:module')._extensions['.ts'] = (module, path) =>
      module._compile(transformFileSync(path, { ...options, sourceMaps: false }).code, path);
    const log = require(${JSON.stringify(join(__dirname, 'log-destination.ts'))}).serviceLog('test', 'info');
    ${body}
  `;
  const { stdout } = spawnSync(process.execPath, ['--no-warnings', '--eval', program], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the log of a service', () => {
  it('is complete when the process exits, however suddenly it chose to', () => {
    const lines = logged('for (let n = 0; n < 500; n += 1) log.info({ n }); process.exit(3);');
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: 500 }, (_one, index) => index),
    );
  });

  it('is complete when an error ends the process', () => {
    expect(logged("log.info({ event: 'last' }); throw new Error('the end');")).toHaveLength(1);
  });

  it('holds no secret that the process was given, whatever an error quotes', () => {
    const env = {
      LUMINA_REDIS_URL: 'redis://user:pass-of-redis@host:6379/0',
      SOME_API_KEY: 'key-of-something',
    };
    const body = `
      log.error({ err: new Error('cannot reach ' + process.env.LUMINA_REDIS_URL) });
      log.info({ deep: { list: [process.env.SOME_API_KEY] } }, 'with ' + process.env.SOME_API_KEY);`;
    const lines = logged(body, env);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { err: { message: 'cannot reach redis://user:[removed: known secret]@host:6379/0' } },
      { msg: 'with [removed: known secret]' },
    ]);
    expect(lines.join('')).not.toMatch(/pass-of-redis|key-of-something/);
  });

  it('is written without the process ending', () => {
    const kill = "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000);";
    expect(logged(`log.info({ event: 'early' }); ${kill}`)).toHaveLength(1);
  });
});
