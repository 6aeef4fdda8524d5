import { describe, expect, it } from '@jest/globals';
import { greetingIn } from './peer-greeting';

const line = JSON.stringify({ ready: true, url: 'http://127.0.0.1:1', pids: [7] });

describe('greetingIn', () => {
  it('finds the line among others', () => {
    expect(greetingIn(`loading\n{"level":"info"}\n${line}\nmore\n`)).toEqual({
      ready: true,
      url: 'http://127.0.0.1:1',
      pids: [7],
      versions: {},
      settings: {},
    });
  });

  it.each([
    '',
    'loading\n',
    '{"ready":false}\n',
    '{"ready":tru\n',
    line,
    `${line.replace('[7]', '["7"]')}\n`,
  ])('waits when there is only %j', (printed) => {
    expect(greetingIn(printed)).toBeUndefined();
  });
});
