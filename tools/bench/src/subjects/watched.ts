import type { KeptProcess } from '@lumina/testbed';
import type { Watched } from '../accounts/proc-stat';

export const deadAmong = (processes: readonly KeptProcess[]): readonly string[] =>
  processes.filter(({ isAlive }) => !isAlive).map(({ name }) => name);

/** The processes of one role that are alive. */
export const watchedOf = (role: string, processes: readonly KeptProcess[]): readonly Watched[] =>
  processes.flatMap(({ pid }) => (pid === undefined ? [] : [{ role, pid }]));
