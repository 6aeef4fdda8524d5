import { addedOf } from '../accounts/added';
import { openLoop } from '../load/open-loop';
import type { Subject } from '../subjects/subject';
import { findingOf } from './closed-work';
import type { WorkContext } from './context';
import type { SustainFinding } from './findings';
import { interleaved } from './interleaved';
import { measured } from './round';

/** Runs that come at a steady rate, four tool calls each: is everyone answered, and how much later than by the model alone? */
export async function sustainFinding(context: WorkContext): Promise<SustainFinding> {
  const { options, subjects, direct, progress, signal } = context;
  const { rate } = options;
  const able = [direct, ...subjects.filter((subject) => subject.tasks.has('agent4'))];
  const load = (subject: Subject, seconds: number) =>
    openLoop(() => subject.ask('agent4'), { rate, seconds, signal });
  const title = `sustain, ${rate} runs/s`;
  for (const subject of able) {
    progress(`${title}: warming up ${subject.title}`);
    await load(subject, options.warmUpSeconds);
  }
  const rounds = await interleaved(able, options.rounds, async (subject, round) => {
    signal.throwIfAborted();
    const found = await measured(subject, context, () => load(subject, options.seconds));
    const p95 = found.latencyMs?.p95.toFixed(1) ?? '?';
    progress(`${title}, round ${round + 1}/${options.rounds}: ${subject.title}: p95 ${p95} ms`);
    return found;
  });
  const finding = findingOf(rounds);
  const latencies = (name: string) => (finding.rounds[name] ?? []).map(({ latencyMs }) => latencyMs);
  const added = Object.keys(finding.rounds)
    .filter((name) => name !== direct.name)
    .map((name) => [name, addedOf(latencies(name), latencies(direct.name))] as const);
  return { ...finding, rate, added: Object.fromEntries(added) };
}
