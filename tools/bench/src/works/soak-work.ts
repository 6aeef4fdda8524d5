import type { ByRole } from '../accounts/by-role';
import { type MemorySample, memoryTrend } from '../accounts/memory-trend';
import { openLoop } from '../load/open-loop';
import { rssByRole } from '../probes/process-probe';
import type { Subject } from '../subjects/subject';
import type { WorkContext } from './context';
import type { SoakFinding, Soaked } from './findings';
import { measured } from './round';

const samplesInAll = 180;

/** The same rate for long, one subject after the other: what grows? */
export async function soakFinding(context: WorkContext): Promise<SoakFinding> {
  const { options, subjects, progress, signal } = context;
  const bySubject: Record<string, Soaked> = {};
  for (const subject of subjects.filter(({ tasks }) => tasks.has('agent'))) {
    signal.throwIfAborted();
    progress(`soak: ${subject.title}, ${options.rate} runs/s for ${options.soakSeconds} s`);
    bySubject[subject.name] = await soak(subject, context);
  }
  return { rate: options.rate, seconds: options.soakSeconds, bySubject };
}

async function soak(subject: Subject, context: WorkContext): Promise<Soaked> {
  const { options, progress, signal } = context;
  const startMs = performance.now();
  const samples: { readonly atSeconds: number; readonly rssBytes: ByRole }[] = [];
  const sample = (): void => {
    const atSeconds = (performance.now() - startMs) / 1_000;
    samples.push({ atSeconds, rssBytes: rssByRole(subject.watched) });
    if (samples.length % 6 === 0) progress(`soak: ${subject.title}: ${atSeconds.toFixed(0)} s`);
  };
  const everyMs = Math.max(200, (options.soakSeconds * 1_000) / samplesInAll);
  const sampler = setInterval(sample, everyMs);
  try {
    const seconds = options.soakSeconds;
    const round = await measured(subject, context, () =>
      openLoop(() => subject.ask('agent'), { rate: options.rate, seconds, signal }),
    );
    sample();
    const roles = Object.keys(samples[0]?.rssBytes ?? {});
    const of = (role: string): readonly MemorySample[] =>
      samples.map(({ atSeconds, rssBytes }) => ({ atSeconds, bytes: rssBytes[role] ?? 0 }));
    return { round, samples, trends: Object.fromEntries(roles.map((role) => [role, memoryTrend(of(role))])) };
  } finally {
    clearInterval(sampler);
  }
}
