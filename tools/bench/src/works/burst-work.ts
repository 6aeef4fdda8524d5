import { setInterval } from 'node:timers';
import { type ByRole, spent, total } from '../accounts/by-role';
import { LoadRecord } from '../load/load-record';
import { rssByRole } from '../probes/process-probe';
import type { Subject } from '../subjects/subject';
import type { WorkContext } from './context';
import type { BurstFinding, BurstRound } from './findings';
import { interleaved } from './interleaved';
import { measured } from './round';

const sampleMs = 100;
const runsAtOnce = 1_000;

/**
 * A thousand runs at once. The first burst of each subject warms it up and does not count for the time; for memory it does: what
 * is above idle is above what the processes took before anybody asked.
 */
export async function burstFinding(context: WorkContext): Promise<BurstFinding> {
  const { options, subjects, progress, signal } = context;
  const runs = options.isQuick ? runsAtOnce / 10 : runsAtOnce;
  const able = subjects.filter((subject) => subject.tasks.has('burst'));
  const idle = Object.fromEntries(able.map(({ name, watched }) => [name, rssByRole(watched)]));
  const warmUp: Record<string, BurstRound> = {};
  for (const subject of able) {
    progress(`burst of ${runs}: warming up ${subject.title}`);
    warmUp[subject.name] = await burst(subject, runs, context);
  }
  const rounds = await interleaved(able, options.rounds, async (subject, round) => {
    signal.throwIfAborted();
    const found = await burst(subject, runs, context);
    const seconds = (found.elapsedMs / 1_000).toFixed(2);
    progress(`burst of ${runs}, round ${round + 1}/${options.rounds}: ${subject.title}: ${seconds} s`);
    return found;
  });
  const aboveIdle = able.map(({ name }) => {
    const bursts = [warmUp[name], ...(rounds[name] ?? [])].flatMap((one) => (one === undefined ? [] : [one]));
    return [
      name,
      Math.max(...bursts.map(({ peakRssBytes }) => aboveIdleBytes(peakRssBytes, idle[name] ?? {}))),
    ];
  });
  return {
    runs,
    idleRssBytes: idle,
    warmUp,
    rounds,
    aboveIdleBytes: Object.fromEntries(aboveIdle) as ByRole,
  };
}

const aboveIdleBytes = (peak: ByRole, idle: ByRole): number => total(spent(idle, peak));

async function burst(subject: Subject, runs: number, context: WorkContext): Promise<BurstRound> {
  let peakRssBytes: ByRole = rssByRole(subject.watched);
  const sampler = setInterval(() => {
    const now = rssByRole(subject.watched);
    if (total(now) > total(peakRssBytes)) peakRssBytes = now;
  }, sampleMs);
  try {
    const found = await measured(subject, context, async () => {
      const record = new LoadRecord();
      await Promise.all(Array.from({ length: runs }, () => record.time(() => subject.ask('burst'))));
      return record.load();
    });
    return { ...found, peakRssBytes };
  } finally {
    clearInterval(sampler);
  }
}
