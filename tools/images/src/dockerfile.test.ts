import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceHeapOptions } from '@lumina/contracts';
import { images, sourceOf } from './builds';
import { dockerfileFaults } from './dockerfile';

const root = join(__dirname, '../../..');
const shipped = readFileSync(join(root, 'Dockerfile'), 'utf8');
const around = {
  isThere: (path: string) => existsSync(join(root, path)),
  targets: new Map(images.map((image) => [image, sourceOf(image)])),
  buildStage: 'build',
  heapOptions: serviceHeapOptions,
};

describe('the Dockerfile', () => {
  it('is as it should be', () => {
    expect(dockerfileFaults(shipped, around)).toEqual([]);
  });

  it.each([
    ['a frontend that is fetched', /^/, '# syntax=docker/dockerfile:1\n', /directive/],
    ['a base by tag', 'ARG BASE_IMAGE\n', 'ARG BASE_IMAGE=debian:12\n', /not pinned/],
    ['a stage from a tag', 'FROM ${BASE_IMAGE} AS runtime', 'FROM debian:12 AS runtime', /not pinned/],
    ['root', 'USER 10001:10001\nSTOPSIGNAL', 'USER root\nSTOPSIGNAL', /target gateway runs as 'root'/],
    ['a user without its group', 'USER 10001:10001\nSTOPSIGNAL', 'USER 10001\nSTOPSIGNAL', /runs as '10001'/],
    ['the group of root', 'USER 10001:10001\nSTOPSIGNAL', 'USER 10001:0\nSTOPSIGNAL', /runs as '10001:0'/],
    ['a user by name', 'USER 10001:10001\nSTOPSIGNAL', 'USER node\nSTOPSIGNAL', /runs as 'node'/],
    ['no user', 'USER 10001:10001\nSTOPSIGNAL', 'STOPSIGNAL', /runs as ''/],
    ['another signal', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGINT', /SIGTERM/],
    ['a URL', 'COPY libs libs', 'ADD https://example.org/libs.tar libs', /ADD/],
    ['a file that is not there', 'COPY libs libs', 'COPY lib libs', /COPY of lib,/],
    ['a shell', 'ENTRYPOINT ["/usr/local/bin/node", ', 'ENTRYPOINT node [', /needs a shell/],
    ['a program by name', '["/usr/local/bin/node"', '["node"', /needs a shell/],
    ['another service', 'dist/apps/gateway/src/main.js', 'dist/apps/health/src/main.js', /its own program/],
    ['an entry that is not there', 'dist/apps/gateway/src/main.js', 'dist/apps/gateway/main.js', /not there/],
    [
      'a preload that is not there',
      'service/leave-early.js',
      'service/early.js',
      /early\.ts, which is not there/,
    ],
    ['a heap of its own', '--max-semi-space-size=16', '--max-semi-space-size=64', /every service has --max/],
    ['a heap as it comes', '"--max-semi-space-size=16", ', '', /tells Node '--heap-growing-percent=100'/],
    ['a service less', 'AS health', 'AS probe', /no target health/],
    ['no simulated model', 'AS simulated-model', 'AS model', /no target simulated-model/],
    [
      'a service as the model',
      'dist/tools/model-sim/src',
      'dist/apps/health/src',
      /target simulated-model does/,
    ],
    ['a secret', 'ENV PORT=8081', 'ENV PORT=8081 OPENAI_API_KEY=x', /secret/],
    ['packages that run scripts', ' --ignore-scripts', '', /--ignore-scripts/],
    ['a command in the base', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGTERM\nRUN chmod 755 /', /RUN outside/],
    ['a probe', 'EXPOSE 8081', 'EXPOSE 8081\nHEALTHCHECK CMD true', /HEALTHCHECK/],
    ['a second command', 'EXPOSE 8081', 'EXPOSE 8081\nCMD ["--inspect"]', /CMD/],
  ] as const)('is found out with %s', (_what, sound, faulty, words) => {
    const planted = shipped.replace(sound, faulty);
    expect(planted).not.toBe(shipped);
    expect(dockerfileFaults(planted, around).join('\n')).toMatch(words);
  });
});
