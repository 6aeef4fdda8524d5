export type {
  AnnotateOutcome,
  Annotation,
  ClaimOutcome,
  ClaimWants,
  ClaimedItem,
  Commit,
  CommitOutcome,
  CreateOutcome,
  Door,
  EventsOutcome,
  InterveneOutcome,
  Intervention,
  ItemRef,
  ItemSnapshot,
  Lease,
  NewRun,
  NewThread,
  OutageGrace,
  OverdueItem,
  ParentAnswer,
  RenewOutcome,
  RingableItem,
  RunAbout,
  RunAfter,
  RunCaps,
  RunSnapshot,
  RunStatus,
  RunStore,
  ThreadSnapshot,
} from './run-store';
export {
  type Allowance,
  type BudgetWarning,
  type HoldAgainOutcome,
  type LedgerBudget,
  type Spent,
  type Tariff,
  ledgerBudgets,
  nanosOf,
} from './ledger';
export { type BudgetStanding, SpendingReport, type UsageRow } from './spending-report';
export { type Durability, DurableWriter } from './durable-writer';
export { RedisRunStore } from './redis-run-store';
export { type StoreTimes, defaultStoreTimes } from './store-times';
export { keys } from './keys';
export { committedHanding } from './committed-handing';
export { claimedOf, givenBack } from './handed-item';
export { MemoryRunStore } from './memory-run-store';
export { LeaseKeeper, type LeaseTimes, defaultLeaseTimes } from './lease-keeper';
export { type StoredCommand, commitOf, isStored } from './commit-of';
export { RedisAnswerCache } from './answer-cache';
export { AgentLibrary } from './agent-library';
export { childIds } from './child-ids';
export { type Cancellation, type InterventionDependencies, Interventions } from './interventions';
export { Cancellations } from './cancellations';
export { type EventKind, LiveEvent } from './live-event';
export { LiveEvents } from './live-events';
export { ToolCatalogue } from './tool-catalogue';
export { durabilityOf, leaseTimesOf, storeSettings, storeTimesOf } from './store-settings';
export { type KeyPutOutcome, type KeyRecord, KeyRecords } from './key-records';
export { ToolSwitches } from './tool-switches';
export { ControlWatch, type ControlKind } from './control-watch';
export { SwitchBoard } from './switch-board';
export {
  type Approval,
  type ApprovalOutcome,
  McpPins,
  type Pin,
  type PinnedTool,
  type SeenTool,
} from './mcp-pins';
export { HealthBoard } from './health-board';
export { StoreAccess } from './store-access';
export { type Removal, type Shelf, ThreadDirectory } from './thread-directory';
export { type ItemName, type NewItem, type StoredItem, ItemStore } from './item-store';
export { type Settlement, type TakenRun, EndedRuns } from './ended-runs';
export { type CronRecord, CronStore } from './cron-store';
export { labelOf, maxMetadataFields } from './labels';
export { noCaps } from './run-store';
export { type WorkSurvey, WorkSurveyor } from './work-survey';
