import type { ModelProbe, Models } from '@lumina/models';
import type { Probe } from './probe';

/** Whether at least one model of the default chain can be asked. None is asked: that would cost money. */
export function llmProbe(models: Pick<Models, 'defaultChain' | 'probeModel'>): Probe {
  const look = async (model: string): Promise<{ model: string; found: ModelProbe }> => ({
    model,
    found: await models.probeModel(model),
  });
  return {
    name: 'llm',
    isCritical: false,
    run: async () => {
      const looks = await Promise.all((await models.defaultChain()).map(look));
      return {
        isHealthy: looks.some(({ found }) => found.isOk),
        detail: looks.map(({ model, found }) => lineOf(model, found.detail)).join('; '),
      };
    },
  };
}

const lineOf = (model: string, detail: string): string =>
  detail.includes(model) ? detail : `${model}: ${detail}`;
