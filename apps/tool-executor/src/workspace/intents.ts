import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf } from './digest';

/**
 * What a call that must not be repeated is about to do, kept before it does anything.
 *
 * I1 An intent lasts (fsync) before the first effect. So a call that has none has done nothing.
 * I2 It lies beside the workspaces, where no tool and no sandbox reaches: nothing that runs in a workspace can forge one.
 * I3 It holds paths and digests, never contents. The newest 256 of a workspace stay, and what is less than an hour old.
 */
const fileChangeSchema = z.object({
  /** As it was asked for. */
  path: z.string(),
  /** SHA-256 of the content; absent: no file. */
  before: z.string().optional(),
  after: z.string().optional(),
  /** Names beside the file that hold the new content and the old, until all is done. */
  newName: z.string().optional(),
  oldName: z.string().optional(),
});
export type IntendedChange = z.infer<typeof fileChangeSchema>;

const intentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('change'), answer: z.string(), changes: z.array(fileChangeSchema) }),
  z.object({
    kind: z.literal('move'),
    answer: z.string(),
    from: z.string(),
    to: z.string(),
    identity: z.string(),
    digest: z.string().optional(),
  }),
  z.object({
    kind: z.literal('delete'),
    answer: z.string(),
    path: z.string(),
    identity: z.string(),
    digest: z.string().optional(),
    /** Which name a folder takes before what is in it is deleted. */
    goneName: z.string(),
  }),
]);
/** `answer` is what the model is told when it turns out that all was done. */
export type Intent = z.infer<typeof intentSchema>;

export interface Intents {
  keep(callKey: string, intent: Intent): Promise<void>;
  /** `none`: this call has never begun to do anything. `unreadable`: nobody can say. */
  recall(callKey: string): Promise<Intent | 'none' | 'unreadable'>;
}

const maxKept = 256;
const keptMs = 3_600_000;
const looksEvery = 64;

/** Intents as files of one folder, which is made when it is first needed. */
export class FileIntents implements Intents {
  static #sinceLook = 0;

  constructor(private readonly folder: string) {}

  async keep(callKey: string, intent: Intent): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(callKey);
    const handle = await open(`${path}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(intent));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.new`, path);
    await syncFolder(this.folder);
    if (++FileIntents.#sinceLook % looksEvery === 0) await this.#thinOut();
  }

  async recall(callKey: string): Promise<Intent | 'none' | 'unreadable'> {
    let text: string;
    try {
      text = await readFile(this.#pathOf(callKey), 'utf8');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : 'unreadable';
    }
    try {
      return intentSchema.parse(JSON.parse(text));
    } catch {
      return 'unreadable';
    }
  }

  #pathOf(callKey: string): string {
    return join(this.folder, `${digestOf(callKey)}.json`);
  }

  async #thinOut(): Promise<void> {
    const names = await readdir(this.folder);
    if (names.length <= maxKept) return;
    const aged = await Promise.all(
      names.map(async (name) => ({
        name,
        ageMs: Date.now() - (await stat(join(this.folder, name))).mtimeMs,
      })),
    );
    const surplus = aged.toSorted((a, b) => a.ageMs - b.ageMs).slice(maxKept);
    for (const { name, ageMs } of surplus) if (ageMs > keptMs) await rm(join(this.folder, name));
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** For a workspace that is not told where to keep any. */
export const noIntents: Intents = {
  keep: async () => undefined,
  recall: async () => 'unreadable',
};
