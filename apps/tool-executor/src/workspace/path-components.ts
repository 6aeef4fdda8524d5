import { WorkspaceError } from './workspace-error';
import { cutText, printableName } from './printable';

/** How a path tried to leave the workspace. */
export type EscapeReason = 'parent' | 'absolute' | 'home' | 'nul' | 'link';

/** Thrown for each attempt to leave; what counts attempts catches this and nothing else. */
export class EscapeError extends WorkspaceError {
  constructor(
    readonly reason: EscapeReason,
    readonly path: string,
  ) {
    super('outside_workspace', `${showPath(path)} ${explanations[reason]}`);
    this.name = 'EscapeError';
  }
}

const explanations: Readonly<Record<EscapeReason, string>> = {
  parent: 'leads out of the workspace through "..". Use a path below the workspace, such as src/main.ts',
  absolute: 'is an absolute path outside the workspace. Use a path relative to it, such as src/main.ts',
  home: 'names a home folder, which is not in the workspace. Use a path relative to the workspace',
  nul: 'contains a NUL byte',
  link: 'is, or passes through, a link that leads out of the workspace',
};

const maxPathBytes = 4096;

/** A path as it is shown in messages: on one line and not endless. */
export const showPath = (path: string): string =>
  printableName(path.length > 200 ? `${cutText(path, 200)}…` : path);

/** What of an absolute path lies below one of the `roots`, or undefined when it lies below none. */
export function belowRoot(path: string, roots: readonly string[]): string | undefined {
  const root = roots.find((candidate) => path === candidate || path.startsWith(`${candidate}/`));
  return root === undefined ? undefined : path.slice(root.length + 1);
}

/**
 * The components of a path that a tool was given, relative to the root. "." and ".." are still among them: only
 * the walk knows where they lead. `roots` are the absolute names of the root.
 *
 * @throws EscapeError for an attempt to leave that shows in the text; WorkspaceError `bad_arguments` for the rest
 */
export function pathComponents(path: string, roots: readonly string[]): readonly string[] {
  if (path.includes('\0')) throw new EscapeError('nul', path);
  if (path === '')
    throw new WorkspaceError('bad_arguments', 'the path is empty; "." is the workspace itself');
  if (Buffer.byteLength(path) > maxPathBytes || !path.isWellFormed())
    throw new WorkspaceError('bad_arguments', `${showPath(path)} is too long or not valid Unicode`);
  if (path.startsWith('~')) throw new EscapeError('home', path);
  const relative = path.startsWith('/') ? belowRoot(path, roots) : path;
  if (relative === undefined) throw new EscapeError('absolute', path);
  const components = relative.replace(/\/$/, '').split('/');
  if (components.length === 1 && components[0] === '') return [];
  if (components.includes(''))
    throw new WorkspaceError('bad_arguments', `${showPath(path)} has an empty component ("//")`);
  return components;
}

/** The components of a link's target, which may be written as loosely as the kernel allows. */
export const linkComponents = (target: string): readonly string[] =>
  target.split('/').filter((component) => component !== '');
