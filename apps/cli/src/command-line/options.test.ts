import { describe, expect, it } from '@jest/globals';
import { parseOptions, wholeNumber } from './options';

const config = { json: { type: 'boolean' }, data: { type: 'string' } } as const;

describe('parseOptions', () => {
  it('reads options and words in any order', () => {
    const parsed = parseOptions(['--data', 'd', 'task', '--json'], config, 1);
    expect(parsed).toMatchObject({ kind: 'options', positionals: ['task'] });
    expect(parsed).toHaveProperty('values.data', 'd');
    expect(parsed).toHaveProperty('values.json', true);
  });

  it('takes what follows -- as words, whatever it looks like', () => {
    expect(parseOptions(['--', '--json'], config, 1)).toMatchObject({ positionals: ['--json'] });
  });

  it.each([
    [['--jsn'], "Unknown option '--jsn'"],
    [['--json=yes'], "Option '--json' does not take an argument"],
    [['--data'], "Option '--data <value>' argument missing"],
    [['--data', '--json'], "Option '--data' argument is ambiguous"],
    [['one', 'two'], "unexpected argument 'two'"],
  ])('refuses %j', (args, message) => {
    expect(parseOptions(args, config, 1)).toEqual({
      kind: 'wrong',
      message: expect.stringContaining(message),
    });
  });
});

describe('wholeNumber', () => {
  it.each([
    ['0', 0],
    ['65535', 65_535],
  ])('reads %s', (text, value) => {
    expect(wholeNumber(text, 0, 65_535)).toBe(value);
  });

  it.each(['65536', '-1', '1.5', '1e3', '0x10', '', ' 1', '99999999999'])('refuses %j', (text) => {
    expect(wholeNumber(text, 0, 65_535)).toBeUndefined();
  });
});
