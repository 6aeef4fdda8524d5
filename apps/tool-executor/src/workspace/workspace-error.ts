/** Why the workspace did not give what it was asked for. Each is also a type of tool error. */
export type WorkspaceErrorType =
  | 'not_found'
  | 'outside_workspace'
  | 'bad_arguments'
  | 'wrong_type'
  | 'access_denied'
  | 'limit'
  | 'binary'
  | 'conflict'
  | 'no_match'
  | 'quota';

/** The message is written for the model: it names paths as they were asked for, never the host's. */
export class WorkspaceError extends Error {
  constructor(
    readonly type: WorkspaceErrorType,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WorkspaceError';
  }
}

const systemErrors: Readonly<Record<string, readonly [WorkspaceErrorType, string]>> = {
  ENOENT: ['not_found', 'does not exist'],
  ENOTDIR: ['not_found', 'does not exist: a part of the path is not a folder'],
  EINVAL: ['not_found', 'changed while it was looked at'],
  ESTALE: ['not_found', 'changed while it was looked at'],
  ELOOP: ['not_found', 'changed into a link while it was looked at'],
  ENXIO: ['wrong_type', 'is not a regular file'],
  EISDIR: ['wrong_type', 'is a folder'],
  ENAMETOOLONG: ['bad_arguments', 'is too long'],
  EACCES: ['access_denied', 'may not be read or changed'],
  EPERM: ['access_denied', 'may not be read or changed'],
  EROFS: ['access_denied', 'may not be changed: the disk is read-only'],
  EXDEV: ['access_denied', 'lies on another disk: copy it, then delete it'],
  EIO: ['access_denied', 'cannot be read or written: the disk reports a fault'],
  EEXIST: ['conflict', 'exists already'],
  ENOTEMPTY: ['conflict', 'is a folder that is not empty'],
  EBUSY: ['conflict', 'is in use'],
  ENOSPC: ['quota', 'cannot be written: the disk is full'],
  EDQUOT: ['quota', 'cannot be written: the quota of the disk is used up'],
  EFBIG: ['quota', 'cannot be written: it is larger than the disk takes'],
};

export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Says an expected failure of the file system in words for `shownPath`; anything else comes back as it was. */
export function asWorkspaceError(error: unknown, shownPath: string): unknown {
  const known = systemErrors[systemErrorCode(error) ?? ''];
  return known ? new WorkspaceError(known[0], `${shownPath} ${known[1]}`, error) : error;
}
