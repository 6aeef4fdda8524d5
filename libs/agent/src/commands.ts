import type {
  ApprovalDecision,
  BudgetAmount,
  EndedStatus,
  ErrorCode,
  Fact,
  FactOf,
  Message,
  RunOptions,
  ToolOffer,
} from '@lumina/contracts';
import type { OpenItem } from './pending-calls';

/** What has happened to a run. */
export type Occurrence =
  | { readonly type: 'step.claimed'; readonly step: number }
  | { readonly type: 'model.answered'; readonly fact: FactOf<'model.answered'> }
  | { readonly type: 'model.failed'; readonly code: ErrorCode; readonly message: string }
  /** The run was cancelled while the model spoke. */
  | { readonly type: 'model.cut'; readonly fact: FactOf<'model.cut'> }
  /** A person decided about one call or several; all of it counts, or none. */
  | { readonly type: 'approval.answered'; readonly answers: readonly ApprovalAnswer[] }
  /** Time to look whether anybody has decided about a call. */
  | { readonly type: 'approval.due'; readonly item: string }
  | { readonly type: 'budget.answered'; readonly answer: BudgetAnswer }
  /** Time to look whether anybody has granted more. */
  | { readonly type: 'budget.due'; readonly item: string }
  | {
      readonly type: 'cancel.asked';
      readonly by: string;
      readonly reason: string | undefined;
      readonly isRollback: boolean;
      /** The run's open items, by name. */
      readonly openItems: readonly string[];
    };

export interface ApprovalAnswer {
  readonly item: string;
  readonly decision: Exclude<ApprovalDecision, 'expire'>;
  readonly by: string;
  /** Digest of the arguments that the person saw; undefined where the client cannot say. */
  readonly argsDigest: string | undefined;
  readonly args: Readonly<Record<string, unknown>> | undefined;
  readonly reason: string | undefined;
}

export interface BudgetAnswer {
  readonly item: string;
  readonly decision: 'grant' | 'reject';
  readonly by: string;
  /** Whether who decides may add to budgets over many runs; absent: no. */
  readonly mayGrantWide?: boolean;
  /** Of a grant, in the unit of what ran out. */
  readonly more: number | undefined;
  readonly reason: string | undefined;
}

export interface Prompt {
  readonly step: number;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolOffer[];
  /** What the request asks beside its words, if it asks anything. */
  readonly options?: RunOptions;
  /** What is left of the run's wall time. */
  readonly timeLeftMs: number;
}

/** What is to be done about it. */
export type Command =
  | { readonly type: 'ask-model'; readonly prompt: Prompt }
  | {
      readonly type: 'advance';
      readonly facts: readonly Fact[];
      /** Items that nobody holds and that this settles. */
      readonly close: readonly string[];
      readonly open: readonly OpenItem[];
      /** Opened when nothing of the run is left open. */
      readonly nextItem: string;
      /** Of a budget over many runs. */
      readonly grant?: { readonly account: string; readonly amount: BudgetAmount; readonly more: number };
    }
  | {
      readonly type: 'end';
      readonly facts: readonly Fact[];
      readonly close: readonly string[];
      readonly status: EndedStatus;
      readonly parentAnswer: FactOf<'tool.answered'> | undefined;
    }
  /** Nothing is due before this time. */
  | { readonly type: 'wait'; readonly untilMs: number }
  /** What was asked cannot be done; nothing changes. */
  | { readonly type: 'refuse'; readonly code: ErrorCode; readonly message: string }
  /** The run has ended already. */
  | { readonly type: 'nothing' };
