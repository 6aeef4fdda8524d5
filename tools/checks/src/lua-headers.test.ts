import { describe, expect, it } from '@jest/globals';
import { luaHeaderFaults } from './lua-headers';
import { treeOf } from './source-tree';

const faultsOf = (text: string): readonly string[] => luaHeaderFaults(treeOf({ 'libs/store/a.lua': text }));
const good =
  '-- A: does.\n--\n-- KEYS:   1 run\n-- ARGV:   none\n-- Output: ok\n-- Effects: none\nreturn 1\n';

describe('headers of Lua scripts', () => {
  it('state KEYS, ARGV, Output and Effects', () => {
    expect(faultsOf(good)).toEqual([]);
  });

  it('may go on on the next line', () => {
    expect(faultsOf(good.replace('-- ARGV:   none', '-- ARGV:\n--   1 run'))).toEqual([]);
  });

  it('name what is missing', () => {
    expect(faultsOf(good.replace('-- Effects: none\n', ''))).toEqual([
      'libs/store/a.lua must open with a comment on KEYS, ARGV, Output, Effects; it has: KEYS, ARGV, Output',
    ]);
    expect(faultsOf('return 1')).toEqual([expect.stringContaining('it has: none')]);
  });

  it('come first', () => {
    expect(faultsOf(`local a = 1\n${good}`)).toEqual([expect.stringContaining('it has: none')]);
  });

  it('keep the order', () => {
    const turned = good.replace('-- KEYS:   1 run\n-- ARGV:   none', '-- ARGV: none\n-- KEYS: 1 run');
    expect(faultsOf(turned)).toHaveLength(1);
  });

  it('say something', () => {
    expect(faultsOf(good.replace('none\n-- Output', '\n-- Output'))).toEqual([
      'libs/store/a.lua says nothing under ARGV (write "none" where there is none)',
    ]);
  });

  it('are asked of libraries only', () => {
    expect(luaHeaderFaults(treeOf({ 'tools/drills/a.lua': 'return 1' }))).toEqual([]);
  });
});
