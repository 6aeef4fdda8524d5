import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { outputOf, shellOfProcess } from './shell';

const stream = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY });

describe('an output', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('on a terminal: %s, with %j has colours: %s', (isTTY, env, hasColours) => {
    expect(outputOf(stream(isTTY), env)).toMatchObject({ isTerminal: isTTY, hasColours });
  });

  it('does not mind a reader that has gone, and minds anything else', () => {
    const broken = stream(false);
    outputOf(broken, {});
    expect(broken.emit('error', Object.assign(new Error('x'), { code: 'EPIPE' }))).toBe(true);
    expect(() => broken.emit('error', Object.assign(new Error('x'), { code: 'EIO' }))).toThrow('x');
  });
});

describe('the shell of the process', () => {
  it('hears interrupts until it is told not to', () => {
    const heard: string[] = [];
    const before = process.listenerCount('SIGHUP');
    const stop = shellOfProcess().onInterrupt((signal) => heard.push(signal));
    // Not emitted: whatever else listens in this process would act on it.
    process.listeners('SIGHUP').at(-1)?.('SIGHUP');
    stop();
    expect(heard).toEqual(['SIGHUP']);
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
});
