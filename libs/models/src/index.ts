export {
  type CacheWish,
  type FinishReason,
  type ModelAnswer,
  type ModelClient,
  type ModelErrorCode,
  type ModelObserver,
  type ModelOutcome,
  type ModelRequest,
} from './model-client';
export { type AnswerCache, cachedClient } from './answer-cache';
export type { BreakerState } from './breakers';
export { type ModelWatch, unwatched } from './model-watch';
export { isStrict as isStrictSchema } from './output-schema';
export {
  type ModelPrice,
  type ModelPrices,
  modelPriceSchema,
  modelPricesSchema,
  nextPriceChangeMs,
  priceAt,
} from './prices';
export { type ModelSettings, modelSettings } from './model-settings';
export {
  type KeyFinding,
  type ModelProbe,
  type Models,
  type ModelsOptions,
  modelsFromSettings,
} from './models';
export type { ModelTracing } from './traced-provider';
export { type DefaultChainSettings, type ModelLister, resolveDefaultChain } from './default-chain';
export { type ModelRef, parseModelRef } from './model-ref';
export {
  type ScriptedAnswer,
  type ScriptedModelClient,
  type ScriptedTurn,
  type ScriptedTurns,
  scriptedModelClient,
} from './scripted-model-client';
