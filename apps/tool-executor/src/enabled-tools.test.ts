import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@lumina/platform';
import { enabledTools } from './enabled-tools';
import { tools } from './tools';

describe('enabledTools', () => {
  it('offers every tool when nothing is set', () => {
    expect([...enabledTools({}).keys()]).toEqual(tools.map(({ name }) => name));
  });

  it('leaves out what is switched off, and only that', () => {
    const enabled = enabledTools({ read_file: { isEnabled: false }, os_info: { isEnabled: true } });
    expect(enabled.has('read_file')).toBe(false);
    expect(enabled.size).toBe(tools.length - 1);
  });

  it("sets a tool's time, and leaves the tool itself as it was", () => {
    const own = tools.find(({ name }) => name === 'read_file')?.timeoutMs;
    const enabled = enabledTools({ read_file: { isEnabled: true, timeoutMs: 1_234 } });
    expect(enabled.get('read_file')?.timeoutMs).toBe(1_234);
    expect(enabled.get('tree_view')?.timeoutMs).toBe(
      tools.find(({ name }) => name === 'tree_view')?.timeoutMs,
    );
    expect(tools.find(({ name }) => name === 'read_file')?.timeoutMs).toBe(own);
  });

  it('refuses settings of tools that do not exist, naming them and those that do', () => {
    const misspelt = { raed_file: { isEnabled: false }, constructor: { isEnabled: false } };
    expect(() => enabledTools(misspelt)).toThrow(ConfigurationError);
    expect(() => enabledTools(misspelt)).toThrow(/raed_file, constructor; there are: .*read_file/);
  });

  it('names each tool once', () => {
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });
});
