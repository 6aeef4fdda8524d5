import type { KeptProcess } from '@lumina/testbed';
import type { Watched } from '../accounts/proc-stat';

/** The processes of one role that are alive. */
export const watchedOf = (role: string, processes: readonly KeptProcess[]): readonly Watched[] =>
  processes.flatMap(({ pid }) => (pid === undefined ? [] : [{ role, pid }]));
