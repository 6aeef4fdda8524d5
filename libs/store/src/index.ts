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
export { type Durability, DurableWriter } from './durable-writer';
export { RedisRunStore } from './redis-run-store';
export { type StoreTimes, defaultStoreTimes } from './store-times';
export { keys } from './keys';
export { MemoryRunStore } from './memory-run-store';
export { LeaseKeeper, type LeaseTimes, defaultLeaseTimes } from './lease-keeper';
export { type StoredCommand, commitOf, isStored } from './commit-of';
export { AgentLibrary } from './agent-library';
export { childIds } from './child-ids';
export { type Cancellation, type InterventionDependencies, Interventions } from './interventions';
export { Cancellations } from './cancellations';
export { LiveEvents, type LiveEvent } from './live-events';
export { ToolCatalogue } from './tool-catalogue';
export { durabilityOf, leaseTimesOf, storeSettings, storeTimesOf } from './store-settings';
export { HealthBoard } from './health-board';
export { StoreAccess } from './store-access';
export { type Removal, type Shelf, ThreadDirectory } from './thread-directory';
export { type ItemName, type NewItem, type StoredItem, ItemStore } from './item-store';
export { type Settlement, type TakenRun, EndedRuns } from './ended-runs';
export { labelOf } from './labels';
export { noCaps } from './run-store';
export { type WorkSurvey, WorkSurveyor } from './work-survey';
