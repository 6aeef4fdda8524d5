import { describe, expect, it } from '@jest/globals';
import { llmProbe } from './llm-probe';

const signal = new AbortController().signal;

const modelsWith = (answers: Readonly<Record<string, boolean>>) => ({
  defaultChain: async () => Object.keys(answers),
  probeModel: async (model: string) => ({
    isOk: answers[model] ?? false,
    detail: answers[model] ? 'reachable' : 'refused',
    latencyMs: 1,
  }),
});

describe('the llm probe', () => {
  it('does not make the whole unhealthy', () => {
    expect(llmProbe(modelsWith({}))).toMatchObject({ name: 'llm', isCritical: false });
  });

  it('is well when any model of the chain can be asked, and tells about each', async () => {
    const finding = await llmProbe(modelsWith({ 'openai/a': false, 'ollama/b': true })).run(signal);
    expect(finding).toEqual({ isHealthy: true, detail: 'openai/a: refused; ollama/b: reachable' });
  });

  it('is not well when none can', async () => {
    const finding = await llmProbe(modelsWith({ 'openai/a': false, 'ollama/b': false })).run(signal);
    expect(finding.isHealthy).toBe(false);
  });

  it('is not well with an empty chain', async () => {
    expect((await llmProbe(modelsWith({})).run(signal)).isHealthy).toBe(false);
  });

  it('does not say a name twice', async () => {
    const probeModel = async () => ({ isOk: false, detail: 'x/y: no such provider', latencyMs: 0 });
    const probe = llmProbe({ defaultChain: async () => ['x/y'], probeModel });
    expect((await probe.run(signal)).detail).toBe('x/y: no such provider');
  });

  it('lets out that there is no chain', async () => {
    const defaultChain = () => Promise.reject(new Error('no default model'));
    const probe = llmProbe({ ...modelsWith({}), defaultChain });
    await expect(probe.run(signal)).rejects.toThrow('no default model');
  });
});
