import { LuminaError } from '@lumina/contracts';
import type { RunSnapshot, RunStore, ThreadSnapshot } from '@lumina/store';

/** @throws LuminaError LUM_THREAD_NOT_FOUND, the same whether there is none or it is another tenant's */
export async function ownThread(
  store: Pick<RunStore, 'thread'>,
  thread: string,
  tenant: string,
): Promise<ThreadSnapshot> {
  const snapshot = await store.thread(thread);
  if (snapshot?.tenant === tenant) return snapshot;
  throw new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${thread} not found`);
}

/** @throws LuminaError LUM_RUN_NOT_FOUND, the same whether there is none, or it is another thread's or tenant's */
export async function ownRun(
  store: Pick<RunStore, 'run'>,
  { run, thread }: { readonly run: string; readonly thread?: string },
  tenant: string,
): Promise<RunSnapshot> {
  const snapshot = await store.run(run);
  const isOwn = snapshot?.tenant === tenant && (thread === undefined || snapshot.thread === thread);
  if (isOwn) return snapshot;
  throw new LuminaError('LUM_RUN_NOT_FOUND', `Run with ID ${run} not found`);
}
