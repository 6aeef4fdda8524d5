export { type Entry, type Listing, OpenDirectory } from './open-directory';
export { OpenFile } from './open-file';
export type { EscapeReason } from './path-components';
export { FileIntents } from './intents';
export { Quota, type QuotaLimits } from './quota';
export { type Refusal, type Target, Workspace, type WorkspaceOptions } from './workspace';
export { WorkspaceError, type WorkspaceErrorType } from './workspace-error';
export type { WriteRecord } from './write-record';
export type { Writer } from './writer';
