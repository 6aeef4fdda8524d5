export {
  type AssistantMessage,
  type Message,
  type ToolCall,
  type ToolMessage,
  type UserMessage,
  assistantMessageSchema,
  messageSchema,
  toolCallSchema,
  toolMessageSchema,
  userMessageSchema,
} from './messages';
export {
  type AgentDefinition,
  type RunLimits,
  type ToolPolicy,
  agentDefinitionSchema,
  agentNameSchema,
  modelRefSchema,
  runLimitsSchema,
  toolPolicies,
} from './agents';
export {
  type ApprovalDecision,
  type AskReason,
  type BudgetAmount,
  type BudgetScope,
  type EndedStatus,
  type EndingFact,
  type Fact,
  type FactOf,
  type JournalEntry,
  type ParentRef,
  type RunFailure,
  type Usage,
  approvalDecisions,
  askReasons,
  budgetAmounts,
  budgetScopes,
  endedStatusOf,
  endedStatuses,
  factSchema,
  isEnding,
  parentRefSchema,
  runFailureSchema,
  usageSchema,
} from './facts';
export { type RunEvent, type SequencedEvent, runEventSchema } from './run-events';
export { type Doorbell, type QueueName, type Ring, bellsOf, queueNames, ringSchema } from './doorbell';
export {
  type ItemKind,
  askItem,
  budgetItem,
  callItem,
  childItem,
  itemKey,
  itemKind,
  queueOfItem,
  stepItem,
  stepOf,
} from './work-items';
export {
  type DelegationTask,
  type ToolCallTask,
  type ToolOffer,
  type ToolRisk,
  delegationTaskSchema,
  toolCallTaskSchema,
  toolOfferSchema,
  toolRisks,
} from './tool-catalogue';
export { type ErrorCode, type FieldProblem, LuminaError, errorCodes, isErrorCode } from './errors';
export {
  type HealthCheck,
  type HealthSnapshot,
  healthCheckSchema,
  healthSnapshotSchema,
  healthStatuses,
} from './health';
