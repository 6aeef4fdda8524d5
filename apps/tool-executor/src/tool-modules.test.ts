import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@lumina/platform';
import { offerOf } from './tool';
import { toolsOfModules } from './tool-modules';

const zod = JSON.stringify(require.resolve('zod'));

/** The source of a module with one tool, some of whose fields are changed. */
const toolModule = (name: string, changes = ''): string => `
  const { z } = require(${zod});
  const run = async ({ to }) => ({ kind: 'ok', content: to });
  const fields = { name: '${name}', description: 'Sends.', risk: 'write', isIdempotent: false, timeoutMs: 1000 };
  exports.tools = [{ ...fields, schema: z.object({ to: z.string() }), run, ${changes} }];
`;

describe('toolsOfModules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-modules-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function moduleOf(name: string, source: string): Promise<string> {
    const path = join(folder, `${name}.cjs`);
    await writeFile(path, source);
    return path;
  }

  it('loads the tools of each module, in order, ready to be offered', async () => {
    const paths = [
      await moduleOf('mail', toolModule('send_mail')),
      await moduleOf('none', 'exports.tools = [];'),
      await moduleOf('post', toolModule('send_letter')),
    ];
    const tools = toolsOfModules(paths);
    expect(tools.map(({ name }) => name)).toEqual(['send_mail', 'send_letter']);
    expect(tools.map(offerOf)).toMatchObject([
      { risk: 'write', isIdempotent: false, parameters: { required: ['to'], additionalProperties: false } },
      { name: 'send_letter' },
    ]);
    expect(toolsOfModules([])).toEqual([]);
  });

  it.each([
    ['is not there', undefined, /Cannot find module/],
    ['does not parse', 'exports.tools = [', /./],
    ['throws', 'throw new Error("no key")', /no key/],
    ['throws what is no error', 'throw "no key"', /no key/],
    ['exports no tools', 'exports.tool = {};', /it exports no list `tools`/],
    ['exports something else under the name', 'exports.tools = {};', /it exports no list `tools`/],
    ['exports null', 'module.exports = null;', /./],
    ['holds something that is no tool', 'exports.tools = [null];', /./],
    ['names a tool as no model could call it', toolModule('send mail'), /name/],
    ['has a tool of an unknown risk', toolModule('send', "risk: 'none'"), /risk/],
    [
      'has a tool that forgets whether it may be repeated',
      toolModule('send', 'isIdempotent: undefined'),
      /isId/,
    ],
    ['has a tool that does nothing', toolModule('send', 'run: undefined'), /send has no function `run`/],
  ])('refuses a module that %s, naming it', async (what, source, reason) => {
    const name = what.replaceAll(' ', '-');
    const path = source === undefined ? join(folder, `${name}.cjs`) : await moduleOf(name, source);
    expect(() => toolsOfModules([path])).toThrow(ConfigurationError);
    expect(() => toolsOfModules([path])).toThrow(reason);
    expect(() => toolsOfModules([path])).toThrow(`LUMINA_TOOL_MODULES: ${path}: `);
  });
});
