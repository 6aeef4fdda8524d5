import { WorkspaceError } from '../workspace';
import type { Workspace, WritingCall } from '../workspace/workspace';
import { newFileAttributes } from '../workspace/place';
import { digestOf } from '../workspace/digest';

/** What became of a text that was to be kept. */
export type Keeping =
  | { readonly kind: 'kept'; readonly path: string }
  /** The workspace or the disk has no room for it; `reason` says how much is used. */
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'not_kept' };

const folder = '.tool-output';

/** One file for each call, the same for every attempt at it. */
export const keptPath = (idempotencyKey: string): string =>
  `${folder}/${digestOf(idempotencyKey).slice(0, 16)}.txt`;

/** Keeps a text in the workspace, within its quota and on its audit record. Never rejects: a result counts more than its rest. */
export async function keepOutput(workspace: Workspace, call: WritingCall, text: string): Promise<Keeping> {
  const path = keptPath(call.idempotencyKey);
  const bytes = Buffer.from(text);
  try {
    await workspace.write(call, async (writer) => {
      const place = await writer.newPlace(path);
      const before = await place.snapshot(call.signal);
      if (before?.digest === digestOf(bytes)) return;
      const attributes = before ?? newFileAttributes;
      await writer.apply([
        { place, before, after: { sizeBytes: bytes.length, chunks: [bytes], attributes } },
      ]);
    });
    return { kind: 'kept', path };
  } catch (error) {
    const isFull = error instanceof WorkspaceError && error.type === 'quota';
    return isFull ? { kind: 'full', reason: error.message } : { kind: 'not_kept' };
  }
}
