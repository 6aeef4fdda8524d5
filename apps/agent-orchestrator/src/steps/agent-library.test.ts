import { describe, expect, it } from '@jest/globals';
import { canonicalDefinition } from '@lumina/agent';
import { lumina } from '../testing/bench';
import { AgentLibrary } from '@lumina/store';

function libraryOf(definitions: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const agent = async (digest: string): Promise<string | undefined> => {
    asked.push(digest);
    return definitions[digest] ?? definitions['*'];
  };
  return { library: new AgentLibrary({ agent }), asked };
}

describe('AgentLibrary', () => {
  it('reads a definition once', async () => {
    const { library, asked } = libraryOf({ d1: canonicalDefinition(lumina) });
    expect(await library.get('d1')).toEqual(lumina);
    expect(await library.get('d1')).toEqual(lumina);
    expect(asked).toEqual(['d1']);
  });

  it('keeps a bounded number of them, and drops the oldest', async () => {
    const { library, asked } = libraryOf({ '*': canonicalDefinition(lumina) });
    for (let index = 0; index <= 500; index += 1) await library.get(`d${index}`);
    await library.get('d500');
    expect(asked).toHaveLength(501);
    await library.get('d0');
    expect(asked).toHaveLength(502);
  });

  it.each([
    ['is missing', {}, /no agent definition d1/],
    ['is not JSON', { d1: '{' }, /JSON/],
    ['is no agent', { d1: '{"name":"x"}' }, /instructions/],
  ])('throws when the definition %s, each time it is asked', async (_what, definitions, message) => {
    const { library, asked } = libraryOf(definitions);
    await expect(library.get('d1')).rejects.toThrow(message);
    await expect(library.get('d1')).rejects.toThrow(message);
    expect(asked).toHaveLength(2);
  });
});
