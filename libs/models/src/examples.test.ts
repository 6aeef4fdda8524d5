import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Environment, parseSettings } from '@lumina/platform';
import { modelSettings } from './model-settings';
import { modelsFromSettings } from './models';
import { type ByteServer, startByteServer } from './testing/byte-server';
import { question } from './testing/harness';
import { play } from './testing/wire-server';
import { eachWire } from './testing/wires/all-wires';

interface Example {
  /** What stands above it. */
  readonly title: string;
  readonly env: Environment;
}

/** The commands of docs/models.md that name a model, with the variables before them. */
function examplesOf(document: string): readonly Example[] {
  const [, block = ''] = /```sh\n(.*?)```/s.exec(document) ?? [];
  let title = '';
  return block.split('\n').flatMap((line) => {
    if (line.startsWith('# ')) title = line.slice(2);
    if (!line.includes('./lumina run')) return [];
    const set = [...line.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(
      ([, name = '', value]) => [name, value] as const,
    );
    return [{ title, env: Object.fromEntries(set) }];
  });
}

const examples = examplesOf(readFileSync(join(__dirname, '../../../docs/models.md'), 'utf8'));

/** The addresses of a chain's providers, as their defaults are but for the host; a key, where the example shows the beginning of one. */
function playedBy({ url }: ByteServer, { env }: Example): Environment {
  const chain = (env['LUMINA_MODEL'] ?? '').split(',').map((ref) => ref.slice(0, ref.indexOf('/')));
  const places = chain.flatMap((provider) => {
    const own = eachWire.find(([name]) => name === provider)?.[1].env(url) ?? {};
    return Object.entries(own).filter(([name]) => name.endsWith('_BASE_URL'));
  });
  const given = Object.entries(env).map(([name, value]) => [name, value?.replace('…', '0123')] as const);
  return Object.fromEntries([...given, ...places]);
}

describe('the examples of docs/models.md', () => {
  let server: ByteServer | undefined;
  afterEach(() => server?.close());

  it('are there for OpenAI in both its ways, Anthropic, Ollama and vLLM', () => {
    expect(examples.map(({ title }) => title.split(/[:,]/)[0])).toEqual([
      ...['OpenAI', 'the same model over Responses', 'Anthropic', 'Ollama', 'vLLM'],
    ]);
    const vllm = examples.at(-1)?.env['OPENAI_BASE_URL'] ?? '';
    expect(new URL(vllm).pathname).toBe('/v1');
  });

  it.each(examples.map((example) => [example.title, example] as const))(
    'are answered: %s',
    async (_, example) => {
      const asked: string[] = [];
      server = await startByteServer((response, { path }) => {
        const [provider, wire] = eachWire.find(([, one]) => one.path === path) ?? [];
        asked.push(provider ?? path);
        if (wire === undefined) response.writeHead(404).end();
        else play(response, wire, { pieces: ['Here', ' you are.'] });
      });
      const models = modelsFromSettings(parseSettings(modelSettings, playedBy(server, example)));
      const observer = { onText: () => undefined, onRestart: () => undefined };
      const chain = await models.defaultChain();
      expect(chain).toEqual(example.env['LUMINA_MODEL']?.split(','));
      for (const ref of chain) {
        const outcome = await models.client.answer([ref], question, observer, new AbortController().signal);
        expect(outcome).toMatchObject({ kind: 'answered', answer: { model: ref } });
      }
      expect(asked).toEqual(chain.map((ref) => ref.slice(0, ref.indexOf('/'))));
      await models.close();
    },
  );
});
