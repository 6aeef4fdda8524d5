import { type Death, type Release, type Role, pause, roles } from '@lumina/testbed';
import type { DrillContext, LoadContext, LoadDrill } from '../drill';
import { type Releases, releasesOf } from '../stack/releases';

const replicas = [0, 1];
/** How long creations are timed before anything is disturbed. */
const beforeMs = { long: 20_000, short: 5_000 };
const settleMs = { long: 2_000, short: 500 };
const awayMs = { long: 5_000, short: 2_000 };

/**
 * One version gives way to another, back again, and forth, replica by replica, so that each role of each version works beside each of the
 * other; then every role loses a replica for a while, and at last one of each goes at the same moment, as when a node is drained.
 */
export function rollout(): LoadDrill {
  let releases: Releases | undefined;
  return {
    kind: 'load',
    bars: {
      ...{ firstAcknowledgementMs: 5_000, standstillMs: 5_000 },
      ...{ hasNoUnknown: true, creationRatio: 3 },
    },
    async release(context: DrillContext) {
      releases = await releasesOf(context);
      return releases.old;
    },
    async disturb(context: LoadContext) {
      if (releases === undefined) throw new Error('nothing was prepared to roll out');
      const { old, new: next } = releases;
      const length = context.options.isShort ? 'short' : 'long';
      await pause(beforeMs[length], context.signal);
      await roll(context, next, replicas);
      await roll(context, old, context.options.isShort ? [0] : replicas);
      await roll(context, next, context.options.isShort ? [0] : replicas);
      for (const role of roles) await away(context, [role], 1);
      await away(context, roles, 0);
      await pause(settleMs[length], context.signal);
    },
  };
}

async function roll(context: LoadContext, release: Release, places: readonly number[]): Promise<void> {
  for (const index of places)
    for (const role of roles) {
      if (context.signal.aborted) return;
      const { name } = context.stack.services[role][index] ?? { name: role };
      context.disturbed(`${name} gives way to ${release.name}`);
      judge(context, name, await context.stack.replace(role, index, release));
      await pause(settleMs[context.options.isShort ? 'short' : 'long'], context.signal);
    }
}

/** Replicas leave, one of each of the roles at once, and come back after a while. */
async function away(context: LoadContext, leaving: readonly Role[], index: number): Promise<void> {
  if (context.signal.aborted) return;
  context.disturbed(`SIGTERM to one of: ${leaving.join(', ')}`);
  const deaths = await context.stack.leave(leaving, index);
  for (const [at, death] of deaths.entries()) judge(context, `${leaving[at] ?? ''}-${index}`, death);
  await pause(awayMs[context.options.isShort ? 'short' : 'long'], context.signal);
  await context.stack.comeBack(leaving, index);
}

function judge({ broke }: LoadContext, name: string, death: Death | undefined): void {
  if (death?.code !== 0)
    broke(`${name} did not exit with 0 (${String(death?.code ?? death?.signal ?? 'it is still there')})`);
}
