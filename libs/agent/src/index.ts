export {
  type RunPhase,
  type RunState,
  type RunTotals,
  evolve,
  foldRun,
  isEnded,
  messagesOf,
  unborn,
} from './run-state';
export {
  type Circumstances,
  type Command,
  type Occurrence,
  type OpenItem,
  type Prompt,
  decide,
  parentAnswer,
  toolsOf,
} from './decide';
export { promptMessages } from './prompt';
export { delegateTool, maxDepth } from './delegation';
export {
  type LuminaFile,
  agentsOf,
  canonicalDefinition,
  luminaFileSchema,
  priceSchema,
  toolSettingsSchema,
} from './lumina-file';
