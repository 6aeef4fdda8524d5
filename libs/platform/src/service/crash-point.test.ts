import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SettingsError, parseSettings } from '../config';
import { crashPoint, crashSettings } from './crash-point';

const root = join(__dirname, '../../../..');

describe('crashPoint', () => {
  let folder: string;
  let marker: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-crash-'));
    marker = join(folder, 'marker');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true, force: true });
  });

  const killing = () => jest.spyOn(process, 'kill').mockImplementation(() => true);

  it('does nothing, wherever it is reached, unless it is set', () => {
    const kill = killing();
    crashPoint(undefined)('call.ran');
    expect(kill).not.toHaveBeenCalled();
  });

  it('kills this process at its own point alone, and once for all who share the marker', () => {
    const kill = killing();
    const reached = crashPoint(`call.ran@${marker}`);
    reached('call.claimed');
    expect(existsSync(marker)).toBe(false);
    reached('call.ran');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
    expect(existsSync(marker)).toBe(true);
    reached('call.ran');
    crashPoint(`call.ran@${marker}`)('call.ran');
    expect(kill).toHaveBeenCalledTimes(1);
  });

  it('does not kill where it cannot leave its mark: it would kill again for ever', () => {
    const kill = killing();
    crashPoint(`call.ran@${join(folder, 'missing', 'marker')}`)('call.ran');
    expect(kill).not.toHaveBeenCalled();
  });

  it('keeps a marker whose path holds an @', () => {
    killing();
    const odd = join(folder, 'a@b');
    crashPoint(`call.ran@${odd}`)('call.ran');
    expect(existsSync(odd)).toBe(true);
  });

  /** Reaches the points in a Node of its own and says which it survived. */
  function surviving(points: readonly string[]): Promise<{ signal: string | null; survived: string }> {
    const program = `
      const { swcOptions } = require(${JSON.stringify(join(root, 'tools/build/swc-options.mjs'))});
      const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
      const options = swcOptions(${JSON.stringify(root)});
      require('node:module')._extensions['.ts'] = (module, path) =>
        module._compile(transformFileSync(path, { ...options, sourceMaps: false }).code, path);
      const { crashPoint } = require(${JSON.stringify(join(__dirname, 'crash-point.ts'))});
      const reached = crashPoint(${JSON.stringify(`call.ran@${marker}`)});
      for (const point of ${JSON.stringify(points)}) {
        reached(point);
        require('node:fs').writeSync(1, point + ' ');
      }
    `;
    const child = spawn(process.execPath, ['--no-warnings', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let survived = '';
    child.stdout.on('data', (chunk: Buffer) => (survived += chunk.toString()));
    return new Promise((resolve) => child.once('close', (_code, signal) => resolve({ signal, survived })));
  }

  it('ends a real process between one awaited part and the next, and lets its successor pass', async () => {
    const points = ['call.claimed', 'call.ran', 'call.committed'];
    expect(await surviving(points)).toEqual({ signal: 'SIGKILL', survived: 'call.claimed ' });
    expect(await surviving(points)).toEqual({ signal: null, survived: `${points.join(' ')} ` });
  });
});

describe('crashSettings', () => {
  it('takes a point and the absolute path of a marker, and nothing by default', () => {
    expect(parseSettings(crashSettings, {})).toEqual({ LUMINA_CRASH_AT: undefined });
    const set = { LUMINA_CRASH_AT: 'call.ran@/tmp/marker' };
    expect(parseSettings(crashSettings, set)).toEqual(set);
  });

  it.each(['call.ran', 'call.ran@', 'call.ran@relative', '@/tmp/marker', 'Call@/tmp/x'])(
    'refuses %s',
    (text) => {
      expect(() => parseSettings(crashSettings, { LUMINA_CRASH_AT: text })).toThrow(SettingsError);
    },
  );
});
