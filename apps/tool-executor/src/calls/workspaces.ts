import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileIntents, Workspace, type WorkspaceOptions } from '../workspace';

/** A thread's name becomes a folder's, so it must be one and nothing else. */
const threadName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** The name by which tools may call their workspace, wherever it really is. */
const alias = '/workspace';

/** Beside the threads' folders, and the name of none: what calls that must not be repeated are about to do. */
const intentsFolder = '.calls';

/** What all workspaces share. */
export type WorkspaceEquipment = Pick<WorkspaceOptions, 'onRefusal' | 'onWrite' | 'quota'>;

/**
 * The workspaces of all threads, side by side under one root. A thread's folder is made when it is first needed; it may also
 * be a link that whoever runs the host has put there.
 */
export class Workspaces {
  constructor(
    private readonly root: string,
    private readonly equipment: WorkspaceEquipment,
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
    const intents = new FileIntents(join(this.root, intentsFolder, thread));
    return Workspace.open(folder, { ...this.equipment, aliases: [alias], sealed, intents });
  }
}
