import { type AgentDefinition, syntheticTenant } from '@lumina/contracts';
import type { BudgetWarning, ClaimedItem, Commit } from '@lumina/store';
import type { Logger } from 'pino';
import {
  measureAnswer,
  measureBudgetWarning,
  measureEnd,
  measureFallback,
  measureQueueWait,
  measureTakeover,
} from '../metrics';
import type { StepTrace } from './step-trace';

export interface LoggedStep {
  readonly claimed: ClaimedItem;
  readonly agent: AgentDefinition;
  readonly startedAtMs: number;
  readonly trace?: Pick<StepTrace, 'context' | 'ended'> | undefined;
}

export interface StepLog {
  begun(step: LoggedStep): void;
  /** Another model than the first of the chain answered. */
  fellBack(): void;
  /** `outcome`: what became of the commit, or why there was none. */
  ended(step: LoggedStep, outcome: string, commit?: Commit): void;
  warned(warnings: readonly BudgetWarning[]): void;
  /** Models that count as free in budgets only because nobody says what they cost. */
  unpriced(models: readonly string[]): void;
}

/** One wide event a step, and its numbers. Never what was said. */
export function stepLog(logger: Pick<Logger, 'info' | 'warn'>, nowMs: () => number): StepLog {
  return {
    warned: (warnings) => {
      for (const warning of warnings) {
        measureBudgetWarning(warning);
        logger.warn({ event: 'budget', ...warning });
      }
    },
    unpriced: (models) => {
      if (models.length > 0) logger.warn({ event: 'no price', models });
    },
    begun: ({ claimed, startedAtMs, trace }) => {
      if (claimed.tenant === syntheticTenant) return;
      if (claimed.lease.epoch > 1 && claimed.mayHaveBegun) measureTakeover();
      measureQueueWait(claimed, startedAtMs, trace?.context);
    },
    fellBack: measureFallback,
    ended: (step, outcome, commit) => {
      const { claimed, agent, startedAtMs, trace } = step;
      trace?.ended(outcome, commit);
      const answered = commit?.facts.find((fact) => fact.type === 'model.answered');
      if (outcome === 'committed' && commit !== undefined && claimed.tenant !== syntheticTenant) {
        if (answered !== undefined) measureAnswer(answered, trace?.context);
        measureEnd(commit, claimed, { agent: agent.name, trace: trace?.context });
      }
      logger.info({
        event: 'step',
        run: claimed.lease.run,
        thread: claimed.thread,
        tenant: claimed.tenant,
        agent: agent.name,
        item: claimed.lease.item,
        attempt: claimed.lease.epoch,
        outcome,
        status: commit?.status,
        durationMs: nowMs() - startedAtMs,
        model: answered?.model,
        inputTokens: answered?.usage.inputTokens,
        outputTokens: answered?.usage.outputTokens,
        costUsd: answered?.costUsd,
        opened: commit?.open.length,
        trace_id: trace?.context.traceId,
      });
    },
  };
}
