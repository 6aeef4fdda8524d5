import { describe, expect, it } from '@jest/globals';
import type { Setting } from './setting';
import { bytes, decimal, duration, flag, integer, list, oneOf, text, url } from './setting-kinds';

const description = 'for the test';

/** By kind what one may write, and what nobody may. */
const kinds: readonly (readonly [string, Setting<unknown>, readonly string[], readonly string[]])[] = [
  ['boolean', flag({ description }), ['true', 'no', '1'], ['2', 'truee', 'true false']],
  ['integer', integer({ description }), ['42', '-1', '007'], ['1.5', '1e3', '0x10', '4 2', '1_000']],
  ['number', decimal({ description }), ['0.25', '-.5', '3'], ['1,5', '1e3', '.', 'NaN']],
  [
    'duration',
    duration({ description }),
    ['250ms', '1.5m', '2 h', '1500'],
    ['5 weeks', '-1s', 's', '1s1s', '1m30'],
  ],
  ['size', bytes({ description }), ['512', '64KiB', '10MB', '1.5 GiB'], ['1 hectare', '-1', 'MB', '64K']],
  ['word', oneOf(['a', 'b.c'], { description }), ['a', 'b.c'], ['bxc', 'ab', 'a b.c']],
  [
    'URL',
    url({ description }),
    ['https://a.example/v1', 'http://b:8000'],
    ['a.example', 'redis://b', 'http://', 'http:// a'],
  ],
  ['text', text({ description, pattern: /^\// }), ['/x'], ['x']],
  [
    'list',
    list({ description, pattern: /^[a-z]+:\d+$/ }),
    ['a:1', 'a:1,b:2', 'a:1, b:2,'],
    ['a:1,b', 'a:1;b:2', ':1'],
  ],
];

describe('what may be written', () => {
  it.each(kinds)(
    '%s: what the syntax takes, the reader takes; what it refuses, the reader refuses',
    (_, kind, right, wrong) => {
      const syntax = new RegExp(kind.syntax ?? 'none', 'u');
      const isRead = (given: string): boolean => kind.read({ kind: 'text', text: given }).isValid;
      expect(right.filter((given) => !syntax.test(given) || !isRead(given))).toEqual([]);
      expect(wrong.filter((given) => syntax.test(given) || isRead(given))).toEqual([]);
    },
  );

  it('is anything, where a setting does not say', () => {
    expect(text({ description }).syntax).toBeUndefined();
    expect(list({ description }).syntax).toBeUndefined();
  });
});
