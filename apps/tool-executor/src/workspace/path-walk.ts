import { readlink } from 'node:fs/promises';
import { EscapeError, belowRoot, linkComponents, showPath } from './path-components';
import type { Pin, Pinning } from './pin';
import { WorkspaceError, asWorkspaceError, systemErrorCode } from './workspace-error';

/**
 * From the root to one object, component by component.
 *
 * W1 Every step starts from a pinned directory and does not follow links; the kernel never sees "..", which only
 *    pops the stack, so no renaming can lead a walk above the root.
 * W2 A link is followed by walking its target in the same way: relative to the folder it stands in, or from the root
 *    when it is absolute and lies below it. Any other target is an escape.
 * W3 Every pin but the one returned is closed, whatever happens.
 */
const maxLinkHops = 16;
const maxDepth = 128;
const maxSteps = 4096;

export interface WalkStart {
  readonly root: Pin;
  readonly pinning: Pinning;
  /** Absolute names of the root. */
  readonly roots: readonly string[];
  /** Makes a folder that is missing, before any link was followed; absent: what is missing is `not_found`. */
  readonly make?: (parent: Pin, name: string) => Promise<void>;
}

/** Where a walk stands: pins below the root, deepest last. The root itself is never closed here. */
class Position {
  readonly #stack: Pin[] = [];

  constructor(readonly root: Pin) {}

  get here(): Pin {
    return this.#stack.at(-1) ?? this.root;
  }

  get depth(): number {
    return this.#stack.length;
  }

  down(pin: Pin): void {
    this.#stack.push(pin);
  }

  up(): void {
    this.#stack.pop()?.close();
  }

  toRoot(): void {
    while (this.depth > 0) this.up();
  }

  /** Takes the deepest pin out; the caller closes it. Undefined: the root. */
  take(): Pin | undefined {
    return this.#stack.pop();
  }
}

/**
 * Pins what `components` lead to from the root; undefined stands for the root itself. The caller closes the pin.
 *
 * @param path as it was asked for, for messages
 * @throws EscapeError or WorkspaceError
 */
export async function walkTo(
  start: WalkStart,
  components: readonly string[],
  path: string,
): Promise<Pin | undefined> {
  const position = new Position(start.root);
  try {
    await walk(start, position, { components, path });
    return position.take();
  } catch (error) {
    throw asWorkspaceError(error, showPath(path));
  } finally {
    position.toRoot();
  }
}

interface Route {
  readonly components: readonly string[];
  readonly path: string;
}

async function walk(start: WalkStart, position: Position, { components, path }: Route): Promise<void> {
  const pending = components.toReversed();
  let hops = 0;
  for (let steps = 0; pending.length > 0; steps++) {
    const name = pending.pop() ?? '.';
    if (steps >= maxSteps || position.depth >= maxDepth) throw tooDeep(path);
    if (position.here.kind !== 'directory')
      throw new WorkspaceError(
        'not_found',
        `${showPath(path)} does not exist: a part of the path is not a folder`,
      );
    if (name === '..' && position.depth === 0) throw new EscapeError(hops > 0 ? 'link' : 'parent', path);
    const target = await step(start, position, name, hops === 0);
    if (target === undefined) continue;
    if (++hops > maxLinkHops)
      throw new WorkspaceError(
        'limit',
        `${showPath(path)} passes through more than ${maxLinkHops} links, or a loop`,
      );
    pending.push(...linkComponents(linkRoute(start, position, { target, path })).toReversed());
  }
}

/** One component. Answers the target's text when it was a link, which is not entered. */
async function step(
  start: WalkStart,
  position: Position,
  name: string,
  mayMake: boolean,
): Promise<string | undefined> {
  if (name === '.') return undefined;
  if (name === '..') {
    position.up();
    return undefined;
  }
  const child = await start.pinning.pinChild(position.here, name).catch(async (error: unknown) => {
    if (!mayMake || start.make === undefined || systemErrorCode(error) !== 'ENOENT') throw error;
    await start.make(position.here, name);
    return start.pinning.pinChild(position.here, name);
  });
  if (child.kind !== 'link') {
    position.down(child);
    return undefined;
  }
  child.close();
  return readlink(`${position.here.path}/${name}`);
}

/** Where a link's text leads, relative to where the position stands afterwards. */
function linkRoute(
  { roots }: WalkStart,
  position: Position,
  { target, path }: { target: string; path: string },
): string {
  if (!target.startsWith('/')) return target;
  const below = belowRoot(target, roots);
  if (below === undefined) throw new EscapeError('link', path);
  position.toRoot();
  return below;
}

const tooDeep = (path: string): WorkspaceError =>
  new WorkspaceError('limit', `${showPath(path)} is too deep (more than ${maxDepth} folders)`);
