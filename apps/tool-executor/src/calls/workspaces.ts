import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Refusal, Workspace } from '../workspace';

/** A thread's name becomes a folder's, so it must be one and nothing else. */
const threadName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** The name by which tools may call their workspace, wherever it really is. */
const alias = '/workspace';

/**
 * The workspaces of all threads, side by side under one root. A thread's folder is made when it is first needed; it may also
 * be a link that whoever runs the host has put there.
 */
export class Workspaces {
  constructor(
    private readonly root: string,
    private readonly onRefusal: (refusal: Refusal) => void,
  ) {}

  /** @throws Error when the folder can be neither found nor made; the caller closes what it gets */
  async open(thread: string): Promise<Workspace> {
    if (!threadName.test(thread)) throw new Error('the thread has no name that a folder could have');
    const folder = join(this.root, thread);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    // Beside the workspaces lie the runtime's own data and keys; a workspace that is a link may hold them.
    const sealed = [dirname(this.root)];
    return Workspace.open(folder, { aliases: [alias], onRefusal: this.onRefusal, sealed });
  }
}
