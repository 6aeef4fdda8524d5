import { LuminaError } from '@lumina/contracts';
import type { RunStore, ThreadDirectory } from '@lumina/store';
import { selected } from './containment';
import { limitIn, offsetIn } from './paging';
import { runView } from './thread-state';

export const runStatuses = ['pending', 'running', 'success', 'error', 'interrupted', 'timeout'] as const;

export interface RunQuery {
  readonly limit: number;
  readonly offset: number;
  readonly status: string | undefined;
  readonly select: readonly string[] | undefined;
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

const chunk = 100;

/** @throws LuminaError LUM_VALIDATION_FAILED */
export function readRunQuery({ limit, offset, status, select }: Query): RunQuery {
  if (status !== undefined && !runStatuses.some((known) => known === status)) {
    const expected = `one of ${runStatuses.join(', ')}`;
    const fields = [{ field: 'status', expected }];
    throw new LuminaError('LUM_VALIDATION_FAILED', `status: expected ${expected}`, { fields });
  }
  return {
    limit: limitIn(one(limit)),
    offset: offsetIn(one(offset)),
    status: one(status),
    select: select === undefined ? undefined : [select].flat().flatMap((names) => names.split(',')),
  };
}

const one = (given: string | string[] | undefined): string | undefined => [given].flat()[0];

/** Pages of a thread's runs, newest first. */
export class RunLists {
  constructor(
    private readonly store: Pick<RunStore, 'run'>,
    private readonly directory: Pick<ThreadDirectory, 'runs'>,
  ) {}

  async page(thread: string, { limit, offset, status, select }: RunQuery): Promise<readonly object[]> {
    const shown: object[] = [];
    let passed = status === undefined ? offset : 0;
    const start = passed;
    for (let from = start; shown.length < limit; from += chunk) {
      const count = status === undefined ? Math.min(chunk, limit - shown.length) : chunk;
      const ids = await this.directory.runs(thread, from, count);
      const runs = await Promise.all(ids.map((id) => this.store.run(id)));
      for (const run of runs) {
        const view = run === undefined ? undefined : runView(run);
        if (view === undefined || (status !== undefined && view.status !== status)) continue;
        passed += 1;
        if (status !== undefined && passed <= offset) continue;
        if (shown.length < limit) shown.push(selected(view, select));
      }
      if (ids.length < count) break;
    }
    return shown;
  }
}
