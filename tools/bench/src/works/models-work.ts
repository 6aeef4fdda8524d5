import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { z } from 'zod';
import { type RedisStage, replicatedRedis, singleRedis } from '../subjects/redis-stage';
import type { WorkContext } from './context';
import type { ModelsFinding } from './findings';
import { printedBy } from './json-program';

/** No part of the build: it uses the libraries that services use, which tools may not import. */
const program = resolve(programs, '../tools/bench/models/main.mjs');
const steps = { usual: 500, quick: 50 };

const times = z.object({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() });
export const modelsFindingSchema = z.object({
  budgets: z.record(
    z.string(),
    z.array(z.object({ none: times, one: times, five: times, check: times, added: times, whole: times })),
  ),
  breaker: z.array(times),
  fallback: z.array(z.record(z.string(), z.object({ timeoutMs: z.number(), addedMs: z.number() }))),
});

/** On a Redis of its own, and on a master whose writes a replica confirms. */
export async function modelsFinding(context: WorkContext): Promise<ModelsFinding> {
  const root = mkdtempSync(join(tmpdir(), 'lumina-bench-models-'));
  const stages: RedisStage[] = [];
  try {
    const single = await singleRedis(join(root, 'local'));
    const group = await replicatedRedis(join(root, 'replicated'));
    for (const stage of [single, group]) {
      stages.push(stage);
      await stage.start();
    }
    const { rounds, isQuick } = context.options;
    const command = [
      ...[program, '--rounds', String(rounds), '--steps', String(isQuick ? steps.quick : steps.usual)],
      ...['--redis', `local=${placeOf(single)}=0`, '--redis', `replicated=${placeOf(group)}=1`],
    ];
    return modelsFindingSchema.parse(await printedBy('models', command, context));
  } finally {
    await Promise.all(stages.map((stage) => stage.stop()));
    rmSync(root, { recursive: true, force: true });
  }
}

const placeOf = ({ master: { host, port } }: RedisStage): string => `${host}:${port}`;
