export {
  type Outage,
  type PendingCall,
  type RunPhase,
  type RunState,
  type RunTotals,
  evolve,
  foldRun,
  isClientCall,
  isEnded,
  isResting,
  unborn,
} from './run-state';
export {
  type AnswerCheck,
  type AnswerFault,
  type CheckedAnswer,
  answerChecks,
  answerFaults,
} from './answer-checks';
export { conversationAt, messagesOf, parentPosition } from './conversation';
export type { Circumstances } from './circumstances';
export type { ApprovalAnswer, BudgetAnswer, Command, Occurrence, Prompt } from './commands';
export { canonicalJson } from './canonical-json';
export { decide, occurrenceOf } from './decide';
export { flagsInForce, unknownFlags } from './flags';
export { type UnknownOutcome, outcomeUnknown } from './outcome-unknown';
export { type OpenItem, argsDigest } from './pending-calls';
export { type Policies, type PolicyTable, deniedReason, policyOf } from './policy';
export { type ApprovedCall, isApproved } from './approval-evidence';
export { isToolOf, toolsOf } from './toolbox';
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
  type Plan,
  type RequestLimits,
  agentsOf,
  canonicalDefinition,
  luminaFileSchema,
  planSchema,
  priceSchema,
  tenantPolicyOf,
  tenantSettingsSchema,
  toolSettingsSchema,
} from './lumina-file';
