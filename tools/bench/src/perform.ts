import { join } from 'node:path';
import type { CommandLine } from './command-line';
import { machine, versions } from './probes/machine';
import type { Report } from './report/report';
import { LuminaSubject } from './subjects/lumina-subject';
import { Model } from './subjects/model';
import type { Subject } from './subjects/subject';
import { works } from './works';
import type { WorkContext } from './works/context';
import type { Findings } from './works/findings';

interface Surroundings {
  /** Where everything that it leaves on the disk goes. */
  readonly root: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Starts the subjects, does the works one after the other, stops the subjects, and tells what was found. */
export async function perform(
  options: CommandLine,
  { root, progress, signal }: Surroundings,
): Promise<Report> {
  const at = new Date();
  const startMs = performance.now();
  const model = await Model.start(root);
  const subjects: Subject[] = [];
  const findings: Findings = {};
  try {
    for (const durability of options.durabilities) {
      const { replicas } = options;
      const plan = { durability, replicas, modelUrl: model.url, folder: join(root, `lumina-${durability}`) };
      subjects.push(await LuminaSubject.plan(plan));
    }
    for (const subject of subjects) {
      signal.throwIfAborted();
      progress(`starting ${subject.title}`);
      await subject.start();
    }
    const context: WorkContext = { options, subjects, model, progress, signal };
    for (const name of options.works) await works[name]?.(context, findings);
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
    await model.stop();
  }
  const durationMs = Math.round(performance.now() - startMs);
  return { at: at.toISOString(), durationMs, options, machine: machine(), versions: versions(), findings };
}
