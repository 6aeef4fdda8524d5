/** In the order in which they are taken: what is measured above idle first, what fills the store last. */
export const workNames = [
  'burst',
  'chat',
  'agent',
  'agent4',
  'latency',
  'counts',
  'stream',
  'sustain',
  'threads',
  'soak',
  'telemetry',
] as const;
export type WorkName = (typeof workNames)[number];

/** Without those that take long, or answer a question of their own. */
export const defaultWorks: readonly WorkName[] = workNames.filter(
  (name) => !['threads', 'soak', 'telemetry'].includes(name),
);

/** Those that load a subject in a closed loop, and are measured in the same turns. */
const closedWorks = ['chat', 'agent', 'agent4'] as const;
export type ClosedWork = (typeof closedWorks)[number];

export const isClosed = (name: WorkName): name is ClosedWork =>
  (closedWorks as readonly string[]).includes(name);
