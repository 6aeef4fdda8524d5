import type { RunLimits } from '@lumina/contracts';

export interface KnownAgent {
  readonly digest: string;
  readonly json: string;
  readonly limits: RunLimits;
}

/** The agents of this deployment's configuration, by name. */
export type KnownAgents = ReadonlyMap<string, KnownAgent>;
