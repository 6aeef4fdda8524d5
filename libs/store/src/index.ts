export type {
  AnnotateOutcome,
  Annotation,
  ClaimOutcome,
  ClaimWants,
  ClaimedItem,
  Commit,
  CommitOutcome,
  CreateOutcome,
  EventsOutcome,
  InterveneOutcome,
  Intervention,
  ItemRef,
  ItemSnapshot,
  Lease,
  NewRun,
  NewThread,
  OverdueItem,
  ParentAnswer,
  RenewOutcome,
  RingableItem,
  RunCaps,
  RunSnapshot,
  RunStatus,
  RunStore,
  ThreadSnapshot,
} from './run-store';
export { type Durability, DurableWriter } from './durable-writer';
export { RedisRunStore } from './redis-run-store';
export { type StoreTimes, defaultStoreTimes } from './store-times';
export { keys } from './keys';
export { MemoryRunStore } from './memory-run-store';
export { LeaseKeeper, type LeaseTimes, defaultLeaseTimes } from './lease-keeper';
export { type StoredCommand, commitOf, isStored } from './commit-of';
export { AgentLibrary } from './agent-library';
export { childIds } from './child-ids';
export { Cancellations } from './cancellations';
export { LiveEvents, type LiveEvent } from './live-events';
export { ToolCatalogue } from './tool-catalogue';
export { durabilityOf, leaseTimesOf, storeSettings, storeTimesOf } from './open-run-store';
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
export { noCaps } from './run-store';
