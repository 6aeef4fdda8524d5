import { barsOf } from './bars/bars';
import type { CommandLine } from './command-line';
import { machine, versions } from './probes/machine';
import type { Report } from './report/report';
import { Stages, type Surroundings } from './stages';
import { findingsOf } from './works';
import type { WorkContext } from './works/context';
import { restingShares } from './works/rest';

/** Starts the subjects, does the works one after the other, stops the subjects, and tells what was found. */
export async function perform(options: CommandLine, surroundings: Surroundings): Promise<Report> {
  const at = new Date();
  const startMs = performance.now();
  const { progress, signal } = surroundings;
  const stages = await Stages.open(options, surroundings);
  try {
    const { subjects, direct, model } = stages;
    const another: WorkContext['another'] = (name, variation) => stages.another(name, variation);
    const fell: WorkContext['fell'] = (subject, why) => stages.fell(subject, why);
    const context: WorkContext = { options, subjects, direct, model, another, fell, progress, signal };
    const atRest = subjects.length === 0 ? {} : await restingShares(context);
    const findings = await findingsOf(options.works, context);
    return {
      at: at.toISOString(),
      durationMs: Math.round(performance.now() - startMs),
      options,
      machine: machine(),
      versions: versions(),
      subjects: subjects.map(({ name, title, about }) => ({
        name,
        title,
        ...about,
        atRest: atRest[name] ?? {},
      })),
      absent: stages.absent,
      findings,
      bars: barsOf(findings),
    };
  } finally {
    await stages.close();
  }
}
