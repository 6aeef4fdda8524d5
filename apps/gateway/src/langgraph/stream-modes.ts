/** What a stream can show of a run. `custom` is what a program prints that a tool call runs, while it runs. */
export const streamModes = [
  'values',
  'updates',
  'messages-tuple',
  'messages',
  'tasks',
  'checkpoints',
  'debug',
  'custom',
] as const;
export type StreamMode = (typeof streamModes)[number];

export const isStreamMode = (value: unknown): value is StreamMode =>
  streamModes.some((mode) => mode === value);

export interface Frame {
  readonly event: string;
  readonly data: unknown;
}

/** Which run a stream shows. */
export interface ProjectedRun {
  readonly run: string;
  readonly thread: string;
  readonly assistantId: string;
  readonly agent: string;
}
