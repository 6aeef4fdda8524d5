import { describe, expect, it } from '@jest/globals';
import { type ToolSwitch, mcpPrefix, mcpServerOf, switchThatHolds } from './tool-switches';

const off = (name: string, tenant?: string): ToolSwitch => ({
  ...{ name, by: 'key:1', at: 1 },
  ...(tenant === undefined ? {} : { tenant }),
});

describe('switchThatHolds', () => {
  it.each([
    ['the tool for everybody', [off('shell')], 'shell', true],
    ['the tool for this tenant', [off('shell', 'acme')], 'shell', true],
    ['the tool for another tenant', [off('shell', 'rival')], 'shell', false],
    ['another tool', [off('shell')], 'shell_two', false],
    ['the whole server of the tool', [off('mcp__notes')], 'mcp__notes__add', true],
    ['the whole server for this tenant', [off('mcp__notes', 'acme')], 'mcp__notes__add', true],
    ['a server whose name begins alike', [off('mcp__note')], 'mcp__notes__add', false],
    ['a tool of the server', [off('mcp__notes__add')], 'mcp__notes__list', false],
    ['a server called like a tool', [off('shell')], 'mcp__shell__run', false],
    ['nothing', [], 'shell', false],
  ])('where %s is off', (_, switches, tool, isHeld) => {
    expect(switchThatHolds(switches, tool, 'acme') !== undefined).toBe(isHeld);
  });

  it('names the switch of everybody first', () => {
    expect(switchThatHolds([off('shell', 'acme'), off('shell')], 'shell', 'acme')).toEqual(off('shell'));
  });
});

describe("the names of MCP servers' tools", () => {
  it('say which server a tool is of', () => {
    expect(mcpServerOf(`${mcpPrefix('my-notes')}add_note`)).toBe('my-notes');
    expect(mcpServerOf('mcp__notes__a__b')).toBe('notes');
  });

  it.each(['shell', 'mcp__notes', 'mcp__notes__', 'mcp__No__x', 'xmcp__notes__a'])(
    '%s is of none',
    (name) => {
      expect(mcpServerOf(name)).toBeUndefined();
    },
  );
});
