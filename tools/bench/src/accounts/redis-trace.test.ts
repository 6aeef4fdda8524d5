import { describe, expect, it } from '@jest/globals';
import { commandsOutside, parseMonitored } from './redis-trace';

const parsed = (lines: readonly string[]) =>
  lines.flatMap((line) => {
    const found = parseMonitored(line);
    return found === undefined ? [] : [found];
  });

describe('parseMonitored', () => {
  it('reads who sent which words', () => {
    expect(parseMonitored('1700000000.123456 [0 127.0.0.1:60866] "HGET" "a b" "say \\"x\\""')).toEqual({
      from: '127.0.0.1:60866',
      words: ['hget', 'a b', 'say \\"x\\"'],
    });
    expect(parseMonitored('1700000000.1 [0 lua] "time"')?.from).toBe('lua');
  });

  it.each(['+OK', '', 'nonsense', '-ERR no'])('takes %j for no command', (line) => {
    expect(parseMonitored(line)).toBeUndefined();
  });
});

describe('commandsOutside', () => {
  const id = '0199aa00-1111-7222-8333-444455556666';

  it('counts what was asked for, not what scripts did with it', () => {
    const lines = parsed([
      `1.1 [0 1.1.1.1:1] "evalsha" "abc" "1" "lum:{s0}:run:${id}" "x"`,
      '1.2 [0 lua] "hget" "k" "f"',
      '1.3 [0 1.1.1.1:1] "WAIT" "1" "100"',
    ]);
    expect(commandsOutside(lines, 1, new Map([['abc', 'claim']]))).toEqual({
      'script claim lum:{s0}:run:<id>': 1,
      wait: 1,
    });
  });

  it('takes keys that differ in their ids for one, and divides by runs', () => {
    const lines = parsed([
      `1.1 [0 1.1.1.1:1] "hget" "run:${id}" "a"`,
      `1.2 [0 1.1.1.1:1] "hget" "run:${id.replace('01', '02')}" "a"`,
      '1.3 [0 1.1.1.1:1] "evalsha" "0123456789abcdef" "1" "bull:steps:17"',
    ]);
    expect(commandsOutside(lines, 2, new Map())).toEqual({
      'hget run:<id>': 1,
      'script 01234567 bull:steps:<n>': 0.5,
    });
  });
});
