/** In the order in which they are taken: what is measured above idle first, what fills the store last. */
export const workNames = [
  'burst',
  'chat',
  'agent',
  'agent4',
  'steps4',
  'latency',
  'counts',
  'stream',
  'sustain',
  'threads',
  'soak',
  'telemetry',
  'sandbox',
  'models',
] as const;
export type WorkName = (typeof workNames)[number];

/** Those that take long, answer a question of their own, or load the machine with what must not happen, are done only when named. */
const onlyWhenNamed: readonly WorkName[] = ['threads', 'soak', 'telemetry', 'sandbox', 'models'];
export const defaultWorks: readonly WorkName[] = workNames.filter((name) => !onlyWhenNamed.includes(name));

/** Whether a work needs anybody to be started; the sandbox is measured by itself, and so are calls of models. */
export const needsSubjects = (name: WorkName): boolean => name !== 'sandbox' && name !== 'models';

/** Those that load a subject in a closed loop, and are measured in the same turns. */
const closedWorks = ['chat', 'agent', 'agent4', 'steps4'] as const;
export type ClosedWork = (typeof closedWorks)[number];

export const isClosed = (name: WorkName): name is ClosedWork =>
  (closedWorks as readonly string[]).includes(name);
