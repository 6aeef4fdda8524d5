import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { secretOf, setting } from './setting';
import { bytes, decimal, duration, flag, integer, list, oneOf, secret, text, url } from './setting-kinds';
import {
  type Environment,
  type SettingsShape,
  defineSettings,
  describeSettings,
  parseSettings,
} from './settings';
import { SettingsError } from './settings-error';
import { z } from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const description = 'for the test';

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function faultsOf(shape: SettingsShape, env: Environment): SettingsError {
  try {
    parseSettings(shape, env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('expected faults');
}

describe('values from strings', () => {
  it.each([
    ['false', false],
    ['FALSE', false],
    ['0', false],
    ['no', false],
    ['off', false],
    ['true', true],
    ['1', true],
    ['Yes', true],
    ['on', true],
  ])('reads the boolean %s', (given, expected) => {
    expect(parseSettings({ A: flag({ description }) }, { A: given }).A).toBe(expected);
  });

  it.each(['2', 'ja', 'truee', 'constructor', '__proto__'])('refuses %s as a boolean', (given) => {
    expect(faultsOf({ A: flag({ description }) }, { A: given }).faults[0]?.given).toBe(given);
  });

  it.each([
    ['42', 42],
    [' 42 ', 42],
    ['-1', -1],
    ['007', 7],
  ])('reads the integer %j', (given, expected) => {
    expect(parseSettings({ A: integer({ description }) }, { A: given }).A).toBe(expected);
  });

  it.each(['1.5', '1e3', '0x10', 'NaN', 'Infinity', '9007199254740993', '4 2'])(
    'refuses the integer %s',
    (given) => {
      expect(faultsOf({ A: integer({ description }) }, { A: given }).faults).toHaveLength(1);
    },
  );

  it('holds integers to their bounds and says which', () => {
    const shape = { A: integer({ description, min: 1, max: 65_535 }), B: integer({ description, max: 3 }) };
    expect(faultsOf(shape, { A: '0', B: '4' }).faults.map((fault) => fault.expected)).toEqual([
      'an integer from 1 to 65535',
      'an integer of at most 3',
    ]);
  });

  it('reads decimals', () => {
    const shape = { A: decimal({ description, min: 0 }), B: decimal({ description }) };
    expect(parseSettings(shape, { A: '0.25', B: '-.5' })).toEqual({ A: 0.25, B: -0.5 });
    expect(faultsOf(shape, { A: '-1', B: '1,5' }).faults).toHaveLength(2);
  });

  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2 h', 7_200_000],
    ['7d', 604_800_000],
    ['1500', 1_500],
    ['0', 0],
  ])('reads the duration %s in milliseconds', (given, expected) => {
    expect(parseSettings({ A: duration({ description }) }, { A: given }).A).toBe(expected);
  });

  it.each(['5 weeks', '-1s', 's', '1s1s', '99999999999999999d', '1 constructor'])(
    'refuses the duration %s',
    (given) => {
      expect(faultsOf({ A: duration({ description }) }, { A: given }).faults).toHaveLength(1);
    },
  );

  it('holds durations to their bounds', () => {
    const shape = { A: duration({ description, minMs: 100, maxMs: 1_000 }) };
    expect(parseSettings(shape, { A: '1s' }).A).toBe(1_000);
    expect(faultsOf(shape, { A: '2s' }).message).toContain('of at most 1000 ms');
    expect(faultsOf(shape, { A: '99' }).faults).toHaveLength(1);
  });

  it('reads sizes in bytes', () => {
    const shape = { A: bytes({ description }), B: bytes({ description }), C: bytes({ description }) };
    expect(parseSettings(shape, { A: '512', B: '64KiB', C: '10MB' })).toEqual({
      A: 512,
      B: 65_536,
      C: 10_000_000,
    });
    expect(faultsOf(shape, { A: '1 hectare' }).faults).toHaveLength(1);
  });

  it('reads lists without empty parts', () => {
    const shape = { A: list({ description }), B: list({ description, default: '' }) };
    expect(parseSettings(shape, { A: ' a, ,b,' })).toEqual({ A: ['a', 'b'], B: [] });
  });

  it('holds the entries of a list to their pattern', () => {
    const shape = { A: list({ description, pattern: /^\w+:\d+$/, expected: 'host:port, comma-separated' }) };
    expect(parseSettings(shape, { A: 'a:1,b:2' }).A).toEqual(['a:1', 'b:2']);
    expect(faultsOf(shape, { A: 'a:1,b' }).faults[0]?.expected).toBe('host:port, comma-separated');
  });

  it('reads URLs of the allowed protocols only, without trailing slashes', () => {
    const shape = { A: url({ description }), B: url({ description, protocols: ['redis', 'rediss'] }) };
    const env = { A: 'https://a.example/v1/', B: 'redis://b:6379/0' };
    expect(parseSettings(shape, env)).toEqual({ A: 'https://a.example/v1', B: 'redis://b:6379/0' });
    expect(faultsOf(shape, { A: 'a.example', B: 'http://b' }).faults).toHaveLength(2);
    expect(faultsOf(shape, { A: 'file:///etc/passwd' }).faults).toHaveLength(1);
  });

  it('reads one of several words', () => {
    const shape = { A: oneOf(['debug', 'info'], { description, default: 'info' }) };
    expect(parseSettings(shape, { A: 'DEBUG' }).A).toBe('debug');
    expect(parseSettings(shape, {}).A).toBe('info');
    expect(faultsOf(shape, { A: 'loud' }).faults[0]?.expected).toBe('one of debug, info');
  });

  it('takes kinds of the caller', () => {
    const pair = z.string().regex(/^\w+=\w+$/, 'a pair such as a=b');
    const shape = { A: setting('pair', pair, { description, isRequired: true }) };
    expect(parseSettings(shape, { A: 'a=b' }).A).toBe('a=b');
    expect(faultsOf(shape, { A: 'a' }).message).toContain('A: got "a", expected a pair such as a=b');
  });
});

describe('what is not set', () => {
  it('takes the default, which passes the same parser', () => {
    expect(parseSettings({ A: duration({ description, default: '30s' }) }, {}).A).toBe(30_000);
  });

  it('leaves out what has no default', () => {
    expect(parseSettings({ A: text({ description }), B: secret({ description }) }, {}).A).toBeUndefined();
  });

  it.each(['', '   ', undefined])('counts %j as not set', (given) => {
    expect(parseSettings({ A: text({ description, default: 'x' }) }, { A: given }).A).toBe('x');
  });

  it('is a fault where it is required', () => {
    const { faults, message } = faultsOf({ A: text({ description, isRequired: true }) }, {});
    expect(faults).toHaveLength(1);
    expect(message).toContain('A: expected text, but it is not set (for the test)');
  });
});

describe('faults', () => {
  it('are reported all at once, one line a variable', () => {
    const shape = { A: integer({ description }), B: flag({ description }), C: url({ description }) };
    const { faults, message } = faultsOf(shape, { A: 'x', B: 'y', C: 'z' });
    expect(faults.map((fault) => fault.name)).toEqual(['A', 'B', 'C']);
    expect(message.split('\n')).toHaveLength(4);
  });

  it('never show a password inside a URL', () => {
    const { message } = faultsOf({ A: url({ description }) }, { A: 'redis://user:hunter2@host' });
    expect(message).not.toContain('hunter2');
    expect(message).toContain('redis://***@host');
  });

  it('shorten long values', () => {
    expect(faultsOf({ A: integer({ description }) }, { A: 'x'.repeat(10_000) }).message.length).toBeLessThan(
      400,
    );
  });

  it('refuse a default that its own parser refuses, and names that are no variables', () => {
    expect(() => integer({ description, default: 'many' })).toThrow('default many');
    expect(() => defineSettings({ notAVariable: text({ description }) })).toThrow('notAVariable');
    expect(() => defineSettings({ A: secret({ description }), A_FILE: text({ description }) })).toThrow(
      'A_FILE',
    );
  });
});

describe('secrets', () => {
  const shape = defineSettings({ KEY: secret({ description }) });

  it('are functions, so that serialising settings shows nothing', () => {
    const settings = parseSettings(shape, { KEY: ' s3cret\n' });
    expect(settings.KEY()).toBe('s3cret');
    expect(JSON.stringify(settings)).toBe('{}');
    expect(parseSettings(shape, {}).KEY()).toBeUndefined();
  });

  it('come from a file, trimmed', () => {
    expect(parseSettings(shape, { KEY_FILE: file('key', 's3cret\n\n') }).KEY()).toBe('s3cret');
  });

  it('are refused when both the value and the file are given', () => {
    const { message } = faultsOf(shape, { KEY: 's3cret', KEY_FILE: file('both', 'x') });
    expect(message).toContain('KEY: expected either KEY or KEY_FILE, but both are set');
    expect(message).not.toContain('s3cret');
  });

  it.each([
    ['a missing file', () => join(folder, 'missing'), 'ENOENT'],
    ['a folder', () => folder, 'not a regular file'],
    ['an empty file', () => file('empty', ' \n'), 'empty'],
    ['a huge file', () => file('huge', 'x'.repeat(2_000_000)), 'larger than 1 MiB'],
  ])('name the variable and the path of %s', (_, path, reason) => {
    const given = path();
    const { faults } = faultsOf(shape, { KEY_FILE: given });
    expect(faults[0]?.name).toBe('KEY_FILE');
    expect(faults[0]?.expected).toContain(given);
    expect(faults[0]?.expected).toContain(reason);
  });

  it('are never shown, whatever their kind', () => {
    const secretPort = { KEY: secretOf(integer({ description, isRequired: true })) };
    expect(parseSettings(secretPort, { KEY: '42' }).KEY()).toBe(42);
    expect(faultsOf(secretPort, { KEY: 'hunter2' }).message).not.toContain('hunter2');
    const fromFile = faultsOf(secretPort, { KEY_FILE: file('word', 'hunter2') });
    expect(fromFile.message).not.toContain('hunter2');
    expect(fromFile.faults).toHaveLength(1);
  });

  it('keep their default', () => {
    expect(parseSettings({ KEY: secretOf(list({ description, default: 'a,b' })) }, {}).KEY()).toEqual([
      'a',
      'b',
    ]);
  });

  it('are only read from files where they are secrets', () => {
    expect(
      parseSettings({ A: text({ description }) }, { A_FILE: join(folder, 'missing') }).A,
    ).toBeUndefined();
    expect(text({ description }).read({ kind: 'file', path: 'x' })).toEqual({
      isValid: false,
      expected: 'a value, not a file',
    });
  });
});

describe('the object', () => {
  it('is frozen to its leaves', () => {
    const settings = parseSettings({ A: list({ description }) }, { A: 'a' });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.A)).toBe(true);
  });

  it('can be described for the documentation', () => {
    const shape = defineSettings({
      PORT: integer({ description: 'where to listen', default: '8080', min: 1 }),
      KEY: secret({ description: 'who may enter' }),
    });
    expect(describeSettings(shape)).toEqual([
      {
        name: 'PORT',
        type: 'integer of at least 1',
        default: '8080',
        description: 'where to listen',
        expected: 'an integer of at least 1',
        syntax: '^[+-]?[0-9]+$',
        isSecret: false,
        isRequired: false,
      },
      {
        name: 'KEY',
        type: 'text',
        default: undefined,
        description: 'who may enter',
        expected: 'text',
        syntax: undefined,
        isSecret: true,
        isRequired: false,
      },
    ]);
  });
});
