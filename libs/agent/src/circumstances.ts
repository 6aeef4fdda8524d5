import type { AgentDefinition, BudgetShortage, ToolOffer } from '@lumina/contracts';
import type { PolicyTable } from './policy';

/** What a decision may know besides the run's state. */
export interface Circumstances {
  readonly agent: AgentDefinition;
  /** What the deployment says now of the run's tenant. Absent: nothing. */
  readonly tenantPolicy?: PolicyTable | undefined;
  /** What the executors offer now, by name. */
  readonly offers: ReadonlyMap<string, ToolOffer>;
  /** Whether operators have switched a tool off, for everybody or for this run's tenant; absent: none is. */
  readonly isSwitchedOff?: (tool: string) => boolean;
  readonly thread: string;
  readonly nowMs: number;
  /** The budget over many runs that does not let the step's model be asked. */
  readonly shortage?: BudgetShortage;
  /** How often the item has been claimed. */
  readonly attempt?: number;
  /** A collision-resistant digest (SHA-256, hex). */
  readonly digest: (text: string) => string;
}
