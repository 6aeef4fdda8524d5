import type { AgentDefinition, ToolOffer } from '@lumina/contracts';

/** What a decision may know besides the run's state. */
export interface Circumstances {
  readonly agent: AgentDefinition;
  /** What the executors offer now, by name. */
  readonly offers: ReadonlyMap<string, ToolOffer>;
  /** Whether operators have switched a tool off, for everybody or for this run's tenant; absent: none is. */
  readonly isSwitchedOff?: (tool: string) => boolean;
  readonly thread: string;
  readonly nowMs: number;
  /** A collision-resistant digest (SHA-256, hex). */
  readonly digest: (text: string) => string;
}
