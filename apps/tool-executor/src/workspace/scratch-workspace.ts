import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileIntents } from './intents';
import { type Refusal, Workspace, type WorkspaceOptions } from './workspace';
import type { WriteRecord } from './write-record';

/** For tests: a workspace in a throw-away folder, with a canary beside it that nothing may ever read. */
export interface ScratchWorkspace {
  readonly workspace: Workspace;
  readonly root: string;
  /** A file outside the root; its text is `canary`. */
  readonly canaryFile: string;
  readonly refusals: Refusal[];
  readonly records: WriteRecord[];
  /** The same folder opened anew, as another process would. */
  reopen(options?: WorkspaceOptions): Promise<Workspace>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  link(path: string, target: string): Promise<void>;
  remove(): Promise<void>;
}

export const canary = 'CANARY-that-must-stay-outside';

export async function scratchWorkspace(options: WorkspaceOptions = {}): Promise<ScratchWorkspace> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'lumina-workspace-')));
  const root = join(parent, 'root');
  const canaryFile = join(parent, 'outside', 'canary.txt');
  await mkdir(root);
  await mkdir(dirname(canaryFile));
  await writeFile(canaryFile, canary);
  const refusals: Refusal[] = [];
  const records: WriteRecord[] = [];
  const equipment: WorkspaceOptions = {
    onRefusal: (refusal) => refusals.push(refusal),
    onWrite: (record) => records.push(record),
    intents: new FileIntents(join(parent, 'intents')),
    ...options,
  };
  const reopen = (changes: WorkspaceOptions = {}): Promise<Workspace> =>
    Workspace.open(root, { ...equipment, ...changes });
  const workspace = await reopen();
  const placed = async (path: string): Promise<string> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  return {
    workspace,
    root,
    canaryFile,
    refusals,
    records,
    reopen,
    write: async (path, content) => writeFile(await placed(path), content),
    link: async (path, target) => symlink(target, await placed(path)),
    async remove() {
      workspace.close();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
