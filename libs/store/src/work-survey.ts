import { type ItemKind, itemKind } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { keyPrefix, keys } from './keys';

/** What lies open in the run store, seen from outside the workers. */
export interface WorkSurvey {
  /** By kind: how many items are open. */
  readonly openItems: Readonly<Record<ItemKind, number>>;
  /** How long the longest open question to a person has been asked, by its kind, ms; 0: none is open. */
  readonly oldestQuestionMs: Readonly<Record<'ask' | 'budget', number>>;
  /** How long ago the sweeper should have looked at an item and did not, ms; 0: it is in time. */
  readonly overdueMs: number;
  /** Threads whose run is under way. */
  readonly activeThreads: number;
  /** False: there is more than was looked at, so that the numbers are too small. */
  readonly isWhole: boolean;
}

/** Looks at so many entries at a time, and at no more than these: a survey must not become a load. */
const scanBatch = 1_000;
const mostItems = 50_000;
const mostQuestions = 200;

const tenantsLoad = `${keyPrefix}load`;

/** Reads the store's own indexes; changes nothing. */
export class WorkSurveyor {
  constructor(private readonly redis: Redis) {}

  async look(): Promise<WorkSurvey> {
    const [nowMs, first, load, scan] = await Promise.all([
      this.nowMs(),
      this.redis.zrange(keys.due, '0', '0', 'WITHSCORES'),
      this.redis.hgetall(tenantsLoad),
      this.scan(),
    ]);
    const dueMs = Number(first[1] ?? nowMs);
    return {
      ...scan.counted,
      oldestQuestionMs: {
        ask: await this.oldest(scan.asked.ask, nowMs),
        budget: await this.oldest(scan.asked.budget, nowMs),
      },
      overdueMs: Math.max(0, nowMs - dueMs),
      activeThreads: activeThreadsOf(load),
    };
  }

  private async nowMs(): Promise<number> {
    const [seconds, microseconds] = await this.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  private async scan() {
    const openItems = { step: 0, call: 0, ask: 0, budget: 0, child: 0 };
    const asked: Record<'ask' | 'budget', string[]> = { ask: [], budget: [] };
    let cursor = '0';
    let seen = 0;
    do {
      const [next, found] = await this.redis.zscan(keys.due, cursor, 'COUNT', scanBatch);
      cursor = next;
      for (let index = 0; index < found.length; index += 2) {
        const [run = '', item = ''] = (found[index] ?? '').split('|');
        const kind = itemKind(item);
        openItems[kind] += 1;
        seen += 1;
        if (kind === 'ask' || kind === 'budget') asked[kind].push(run);
      }
    } while (cursor !== '0' && seen < mostItems);
    return { counted: { openItems, isWhole: cursor === '0' }, asked };
  }

  /** A run that waits for a person was last changed when it asked, or since: by then it had asked. */
  private async oldest(runs: readonly string[], nowMs: number): Promise<number> {
    if (runs.length === 0) return 0;
    const pipeline = this.redis.pipeline();
    for (const run of runs.slice(0, mostQuestions)) pipeline.hget(keys.run(run), 'updated');
    const replies = (await pipeline.exec()) ?? [];
    const since = replies.map(([, value]) => Number(value ?? nowMs));
    return Math.max(0, nowMs - Math.min(...since));
  }
}

/** The store counts runs under way by tenant, and by `tenant|agent` besides; a thread has one at a time. */
const activeThreadsOf = (load: Readonly<Record<string, string>>): number =>
  Object.entries(load)
    .filter(([name]) => !name.includes('|'))
    .reduce((sum, [, count]) => sum + Number(count), 0);
