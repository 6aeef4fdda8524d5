import { describe, expect, it } from '@jest/globals';
import { serviceHeapOptions } from '@lumina/contracts';
import { type Release, launchOf, presentRelease } from './release';

const images: Release = {
  ...{ kind: 'images', name: 'new', engine: 'unix:///run/x.sock', tag: '1.2' },
  folders: [
    { path: '/data', isWritable: true },
    { path: '/dist', isWritable: false },
  ],
};
const place = { prefix: ['ip', 'netns', 'exec', 'near'], env: { PATH: '/bin', LUMINA_API_KEYS: 'a-secret' } };

describe('how a service is started', () => {
  it('is by Node where it is a built program, and it stops with its starter', () => {
    const { command, env, hasChannel } = launchOf(presentRelease, 'gateway', place);
    expect(command.slice(0, 5)).toEqual([...place.prefix, process.execPath]);
    expect(command.slice(5, -1)).toEqual(serviceHeapOptions);
    expect(command.at(-1)).toMatch(/apps\/gateway\/src\/main\.js$/);
    expect({ env, hasChannel }).toEqual({ env: place.env, hasChannel: true });
  });

  it('keeps compiled code of the present build alone', () => {
    const cached = { ...place, env: { ...place.env, NODE_COMPILE_CACHE: '/cache' } };
    const other: Release = { kind: 'tree', name: 'old', programs: '/elsewhere' };
    expect(launchOf(presentRelease, 'gateway', cached).env).toEqual(cached.env);
    expect(launchOf(other, 'gateway', cached).env).toEqual(place.env);
  });

  it('is as confined as a pod where it is an image, with its values out of the command line', () => {
    const { command, env, hasChannel } = launchOf(images, 'gateway', place);
    const line = command.join(' ');
    for (const words of ['--read-only', '--cap-drop ALL', '--security-opt no-new-privileges'])
      expect(line).toContain(words);
    expect(line).toContain('--volume /data:/data --volume /dist:/dist:ro');
    expect(line).toMatch(/ --env LUMINA_API_KEYS lumina-gateway:1\.2$/);
    expect(line).not.toContain('a-secret');
    expect(line).not.toContain('--env PATH');
    expect(env).toMatchObject({ LUMINA_API_KEYS: 'a-secret' });
    expect(hasChannel).toBe(false);
  });
});
