import type { KeptProcess } from '@lumina/testbed';
import type { Watched } from '../probes/process-probe';

/** The processes of one role that are alive. */
export const watchedOf = (role: string, processes: readonly KeptProcess[]): readonly Watched[] =>
  processes.flatMap(({ pid }) => (pid === undefined ? [] : [{ role, pid }]));
