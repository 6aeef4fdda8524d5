import type { Environment } from '@lumina/platform';
import { parseSettings } from '@lumina/platform';
import { modelSettings } from '../model-settings';
import { type Models, type ModelsOptions, modelsFromSettings } from '../models';
import { type ByteServer, type Responder, startByteServer } from './byte-server';
import type { Asked, Wire } from './wires/wire';

export interface Pair {
  readonly models: Models;
  readonly first: ByteServer;
  readonly second: ByteServer;
  /** First the one, then the other. */
  readonly chain: readonly string[];
  readonly close: () => Promise<void>;
}

/** Two providers on two servers, of two wires that need different settings. */
export async function startPair(
  [one, other]: readonly [Wire, Wire],
  [answerOne, answerOther]: readonly [Responder, Responder],
  { env = {}, ...options }: { env?: Environment } & ModelsOptions = {},
): Promise<Pair> {
  const first = await startByteServer(answerOne);
  const second = await startByteServer(answerOther);
  const settings = parseSettings(modelSettings, { ...one.env(first.url), ...other.env(second.url), ...env });
  const models = modelsFromSettings(settings, options);
  const close = async (): Promise<void> => {
    await models.close();
    await Promise.all([first.close(), second.close()]);
  };
  return { models, first, second, chain: [`${one.provider}/m`, `${other.provider}/m`], close };
}

/** What was said before, and the words that the next answer is to begin with; undefined: a question from the start. */
export function seamIn({ turns }: Asked): { readonly said: string; readonly anchor: string } | undefined {
  const anchor = /→(.*)←/s.exec(turns.at(-1)?.text ?? '')?.[1];
  const said = turns.at(-2);
  return anchor === undefined || said?.role !== 'assistant' ? undefined : { said: said.text, anchor };
}
