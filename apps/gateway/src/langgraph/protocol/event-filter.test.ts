import { describe, expect, it } from '@jest/globals';
import { isWanted } from './event-filter';

const filter = (namespaces?: readonly (readonly string[])[], depth?: number) => ({
  channels: new Set(['values', 'messages']),
  namespaces,
  depth,
});

describe('isWanted', () => {
  it.each([
    ['its channel', filter(), [], true],
    ['everything where no namespace is named', filter([]), ['agent:1', 'x'], true],
    ['what is below a namespace', filter([['agent:1']]), ['agent:1', 'x'], true],
    ['not what is beside it', filter([['agent:1']]), ['agent:2'], false],
    ['any place of a name', filter([['agent']]), ['agent:2'], true],
    ['not a longer name', filter([['agent']]), ['agents:2'], false],
    ['not what is above', filter([['agent', 'x']]), ['agent:1'], false],
    ['as deep as is said', filter([[]], 1), ['agent:1'], true],
    ['and no deeper', filter([[]], 0), ['agent:1'], false],
  ] as const)('lets through %s', (_what, given, namespace, expected) => {
    expect(isWanted(given, 'values', namespace)).toBe(expected);
  });

  it('refuses a channel that was not asked for', () => {
    expect(isWanted(filter(), 'tools', [])).toBe(false);
  });
});
