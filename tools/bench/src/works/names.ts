/** In the order in which they are taken: what fills the store comes last. */
export const workNames = [
  'chat',
  'agent',
  'agent4',
  'latency',
  'stream',
  'burst',
  'sustain',
  'threads',
  'soak',
] as const;
export type WorkName = (typeof workNames)[number];

/** Without the two that take half an hour. */
export const defaultWorks: readonly WorkName[] = workNames.filter(
  (name) => name !== 'threads' && name !== 'soak',
);
