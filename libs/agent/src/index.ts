export {
  type PendingCall,
  type RunPhase,
  type RunState,
  type RunTotals,
  evolve,
  foldRun,
  isEnded,
  isResting,
  unborn,
} from './run-state';
export { conversationAt, messagesOf, parentPosition } from './conversation';
export type { Circumstances } from './circumstances';
export type { ApprovalAnswer, BudgetAnswer, Command, Occurrence, Prompt } from './commands';
export { canonicalJson } from './canonical-json';
export { decide, occurrenceOf } from './decide';
export { flagsInForce } from './flags';
export { type UnknownOutcome, outcomeUnknown } from './outcome-unknown';
export { type OpenItem, argsDigest } from './pending-calls';
export { toolsOf } from './toolbox';
export { parentAnswer } from './ending';
export { promptMessages } from './prompt';
export { askUserTool, questionIn } from './ask-user';
export { delegateTool, maxDepth } from './delegation';
export {
  type HttpMcpServer,
  type McpServer,
  type McpValue,
  type StdioMcpServer,
  mcpServerSchema,
} from './mcp-servers';
export {
  type LuminaFile,
  agentsOf,
  canonicalDefinition,
  luminaFileSchema,
  priceSchema,
  toolSettingsSchema,
} from './lumina-file';
