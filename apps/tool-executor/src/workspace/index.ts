export { type Entry, type Listing, OpenDirectory } from './open-directory';
export { OpenFile } from './open-file';
export type { EscapeReason } from './path-components';
export { type Refusal, type Target, Workspace, type WorkspaceOptions } from './workspace';
export { WorkspaceError, type WorkspaceErrorType } from './workspace-error';
