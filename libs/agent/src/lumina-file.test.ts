import { describe, expect, it } from '@jest/globals';
import { agentsOf, canonicalDefinition, luminaFileSchema } from './lumina-file';
import { agentOf } from './testing/run-facts';

const agent = { description: 'd', instructions: 'i' };
const file = { defaultAgent: 'main', agents: { main: { ...agent, subagents: ['coder'] }, coder: agent } };
const faults = (broken: object): readonly string[] =>
  luminaFileSchema
    .safeParse(broken)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('lumina.yaml', () => {
  it('gives each agent its name and its defaults', () => {
    const agents = agentsOf(luminaFileSchema.parse(file));
    expect(agents).toMatchObject([
      { name: 'main', subagents: ['coder'] },
      { name: 'coder', tools: [], maxOutputTokens: 4096 },
    ]);
  });

  it('must have the agent that answers by default', () => {
    expect(faults({ ...file, defaultAgent: 'ghost' })).toEqual([
      'defaultAgent: there is no agent "ghost"; there are: main, coder',
    ]);
  });

  it('must have every subagent', () => {
    const agents = { ...file.agents, main: { ...agent, subagents: ['coder', 'ghost'] } };
    expect(faults({ ...file, agents })).toEqual([
      'agents.main.subagents.1: there is no agent "ghost"; there are: main, coder',
    ]);
  });

  it('takes hosts that programs may reach, by name and port and in no other way', () => {
    const granting = (egress: unknown) =>
      faults({ ...file, agents: { ...file.agents, coder: { ...agent, egress } } });
    expect(granting(['pypi.org:443', 'files.pythonhosted.org:443', '93.184.216.34:80', 'x:65535'])).toEqual(
      [],
    );
    const wrong = ['pypi.org', '*.pypi.org:443', 'https://pypi.org:443', 'a@b:1', 'PyPI.org:443', '[::1]:1'];
    for (const each of [...wrong, ':443', 'x:0', 'x:65536', 'x:1 ', '-x:1', 'x.:1', '*:*'])
      expect([each, granting([each]).length]).toEqual([each, 1]);
  });

  it('takes prices and tools, and refuses what it does not know', () => {
    const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 2, since: '2026-01-01' };
    expect(
      luminaFileSchema.parse({ ...file, prices: { 'openai/gpt': price }, tools: { run_command: {} } }),
    ).toMatchObject({
      prices: { 'openai/gpt': price },
      tools: { run_command: { isEnabled: true } },
    });
    const later = { ...price, since: '2026-07-01' };
    expect(faults({ ...file, prices: { 'openai/gpt': [price, later] } })).toEqual([]);
    expect(faults({ ...file, prices: { 'openai/gpt': [price, price] } })).not.toEqual([]);
    expect(faults({ ...file, prices: { 'openai/gpt': [] } })).not.toEqual([]);
    expect(faults({ ...file, prices: { gpt: price } })).not.toEqual([]);
    expect(faults({ ...file, prices: { 'openai/gpt': { ...price, since: 'yesterday' } } })).not.toEqual([]);
    expect(faults({ ...file, tools: { run_command: { timeoutMs: 99 } } })).not.toEqual([]);
    expect(faults({ ...file, agent: {} })).not.toEqual([]);
  });
});

describe('canonicalDefinition', () => {
  const reversed = <Value extends object>(value: Value): Value =>
    Object.fromEntries(Object.entries(value).reverse()) as Value;

  it('is the same whatever the order of keys, at any depth', () => {
    const definition = agentOf({ policy: { a: 'ask', b: 'deny' } });
    const other = reversed({
      ...definition,
      limits: reversed(definition.limits),
      policy: reversed(definition.policy),
    });
    expect(Object.keys(other)).not.toEqual(Object.keys(definition));
    expect(canonicalDefinition(other)).toBe(canonicalDefinition(definition));
  });

  it('differs with any content, the order of lists included', () => {
    const definition = agentOf();
    const { limits, tools } = definition;
    const changed = [
      { instructions: 'x' },
      { limits: { ...limits, steps: 1 } },
      { tools: [...tools].reverse() },
      { temperature: 1 },
    ];
    const texts = changed.map((change) => canonicalDefinition({ ...definition, ...change }));
    expect(new Set([canonicalDefinition(definition), ...texts]).size).toBe(5);
  });
});
