import { type FactOf, budgetPeriods, endedStatuses, wideScopes } from '@lumina/contracts';
import type { ModelWatch } from '@lumina/models';
import { type TraceContext, TracedHistogram, recoveryCounter } from '@lumina/platform';
import type { BudgetWarning, ClaimedItem, Commit, OverdueItem } from '@lumina/store';
import { Counter, Gauge, Histogram } from 'prom-client';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

const runs = new Counter({
  name: 'lumina_runs_total',
  help: 'Runs that ended, by outcome.',
  labelNames: ['agent', 'outcome'],
});
const runSeconds = new TracedHistogram({
  name: 'lumina_run_duration_seconds',
  help: 'From acceptance to end of a run.',
  labelNames: ['outcome'],
  buckets: secondsBuckets,
});
const measureRecovery = recoveryCounter(['step', 'lease', 'doorbell']);
const recoverySeconds = new Histogram({
  name: 'lumina_run_recovery_seconds',
  help: 'How long a work item that its worker left, or that nobody came for, lay there until it was rung for again.',
  buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
});
const stuck = new Counter({
  name: 'lumina_runs_stuck_total',
  help: 'Times that an item was rung for though nobody had come for it (unclaimed), or too many had begun it (retried).',
  labelNames: ['cause'],
});
const queueWaitSeconds = new TracedHistogram({
  name: 'lumina_run_queue_wait_seconds',
  help: 'From the acceptance of a run to the beginning of its first step.',
  buckets: secondsBuckets,
});
const sweeps = new Counter({
  name: 'lumina_sweeps_total',
  help: 'Looks for what is overdue, by whether the store answered.',
  labelNames: ['outcome'],
});
const fallbacks = new Counter({
  name: 'lumina_llm_fallbacks_total',
  help: 'Answers that came from another model than the first of their chain.',
});
const modelRequests = new Counter({
  name: 'lumina_llm_requests_total',
  help: 'Answers of models that were committed (ok), and steps that no model of their chain answered (error).',
  labelNames: ['provider', 'model', 'status'],
});
const cachedAnswers = new Counter({
  name: 'lumina_llm_cached_answers_total',
  help: 'Answers that were given before, to the same question: no model was asked.',
  labelNames: ['provider', 'model'],
});
const modelTokens = new Counter({
  name: 'lumina_llm_tokens_total',
  help: 'Tokens, by direction.',
  labelNames: ['provider', 'model', 'type'],
});
const modelCost = new Counter({
  name: 'lumina_llm_cost_usd_total',
  help: 'US dollars spent on models, at the configured prices.',
  labelNames: ['provider', 'model'],
});
const modelSeconds = new TracedHistogram({
  name: 'lumina_llm_duration_seconds',
  help: 'Duration of a model request that answered.',
  labelNames: ['provider', 'model'],
  buckets: secondsBuckets,
});
const firstTokenSeconds = new TracedHistogram({
  name: 'lumina_llm_time_to_first_token_seconds',
  help: 'From the request to the first token.',
  labelNames: ['provider', 'model'],
  buckets: secondsBuckets,
});

const modelFailures = new Counter({
  name: 'lumina_llm_failures_total',
  help: 'Requests to models that failed, each attempt for itself, by the code of the failure.',
  labelNames: ['provider', 'model', 'code'],
});
const stitches = new Counter({
  name: 'lumina_llm_stitches_total',
  help: 'Answers that another request went on with after they broke off, by the model that broke off.',
  labelNames: ['provider', 'model'],
});
const breakers = new Gauge({
  name: 'lumina_llm_breaker_open',
  help: 'Whether a model is left alone after failures: 1 open, 0.5 one request tries it, 0 closed.',
  labelNames: ['provider', 'model'],
});

const labelsOf = (ref: string): { provider: string; model: string } => {
  const slash = ref.indexOf('/');
  return { provider: ref.slice(0, slash), model: ref.slice(slash + 1) };
};

/** What chains of models do, as metrics. */
export const modelMetrics: ModelWatch = {
  failed: (ref, code) => {
    modelFailures.inc({ ...labelsOf(ref), code });
  },
  // Counted with the answer, by the step.
  fellBack: () => undefined,
  stitched: (from) => {
    stitches.inc(labelsOf(from));
  },
  breaker: (ref, state) => {
    breakers.set(labelsOf(ref), { closed: 0, 'half-open': 0.5, open: 1 }[state]);
  },
};
const budgetWarnings = new Counter({
  name: 'lumina_budget_warnings_total',
  help: 'Budgets over many runs of which 50, 80 or 100 % were used, each told once a period.',
  labelNames: ['scope', 'period', 'percent'],
});
const budgetHoldsSettled = new Counter({
  name: 'lumina_budget_holds_settled_total',
  help: 'Reservations that nobody was left to settle, settled by the ledger.',
});

export const measureBudgetWarning = ({ scope, period, percent }: BudgetWarning): void =>
  budgetWarnings.inc({ scope, period, percent: String(percent) });
export const measureSettledHolds = (count: number): void => budgetHoldsSettled.inc(count);

/** An alert sees a counter grow from its first value on: what is rare begins at 0. */
const stuckCauses = ['unclaimed', 'retried'] as const;
for (const cause of stuckCauses) stuck.inc({ cause }, 0);
for (const outcome of endedStatuses) runSeconds.zero({ outcome });
for (const outcome of ['ok', 'error']) sweeps.inc({ outcome }, 0);
for (const scope of wideScopes)
  for (const period of budgetPeriods) budgetWarnings.inc({ scope, period, percent: '100' }, 0);
const nobody = { provider: 'none', model: 'none' };
modelRequests.inc({ ...nobody, status: 'error' }, 0);

/** So often in a row nobody came: half a minute. */
const patientRings = 4;
/** So often an item was begun and never finished: it is not bad luck any more. */
const patientAttempts = 8;

export type StuckCause = (typeof stuckCauses)[number];

/** Why an overdue item counts as stuck; undefined: it does not, yet. */
export function stuckCause({
  rings,
  attempts,
}: Pick<OverdueItem, 'rings' | 'attempts'>): StuckCause | undefined {
  if (attempts >= patientAttempts) return 'retried';
  return rings >= patientRings ? 'unclaimed' : undefined;
}

export function measureOverdue(item: OverdueItem): void {
  measureRecovery(item.cause);
  if (item.rings === 0) recoverySeconds.observe(item.overdueMs / 1_000);
  const cause = stuckCause(item);
  if (cause !== undefined) stuck.inc({ cause });
}

export const measureTakeover = (): void => measureRecovery('step');
export const measureSweep = (outcome: 'ok' | 'error'): void => sweeps.inc({ outcome });
export const measureFallback = (): void => fallbacks.inc();

/** At the beginning of a run's first step, the first time that it is begun. */
export function measureQueueWait(
  { lease, journal }: ClaimedItem,
  nowMs: number,
  trace: TraceContext | undefined,
): void {
  if (lease.item !== 'step:1' || lease.epoch !== 1) return;
  const accepted = journal.findLast(({ fact }) => fact.type === 'run.accepted' && fact.run === lease.run);
  if (accepted === undefined) return;
  queueWaitSeconds.observe({}, Math.max(0, nowMs - accepted.fact.at) / 1_000, trace);
}

function measureSpending(
  model: string,
  { usage, costUsd }: Pick<FactOf<'model.answered'>, 'usage' | 'costUsd'>,
): void {
  const labels = labelsOf(model);
  modelTokens.inc({ ...labels, type: 'input' }, usage.inputTokens);
  modelTokens.inc({ ...labels, type: 'output' }, usage.outputTokens);
  if (usage.cachedInputTokens !== undefined)
    modelTokens.inc({ ...labels, type: 'cached' }, usage.cachedInputTokens);
  modelCost.inc(labels, costUsd);
}

/** What the answering model has used, without the parts that others have. */
function ownSpending({ usage, costUsd, parts = [] }: FactOf<'model.answered'>) {
  const rest = { ...usage };
  let restUsd = costUsd;
  for (const part of parts) {
    rest.inputTokens -= part.usage.inputTokens;
    rest.outputTokens -= part.usage.outputTokens;
    restUsd -= part.costUsd;
  }
  return { usage: rest, costUsd: Math.max(0, restUsd) };
}

export function measureAnswer(fact: FactOf<'model.answered'>, trace?: TraceContext): void {
  const labels = labelsOf(fact.model);
  if (fact.isCached === true) {
    cachedAnswers.inc(labels);
    return;
  }
  modelRequests.inc({ ...labels, status: 'ok' });
  if (fact.parts === undefined) measureSpending(fact.model, fact);
  else {
    measureSpending(fact.model, ownSpending(fact));
    for (const part of fact.parts) measureSpending(part.model, part);
  }
  modelSeconds.observe(labels, fact.durationMs / 1_000, trace);
  firstTokenSeconds.observe(labels, fact.timeToFirstTokenMs / 1_000, trace);
}

export function measureEnd(
  commit: Commit,
  claimed: ClaimedItem,
  { agent, trace }: { readonly agent: string; readonly trace: TraceContext | undefined },
): void {
  if (commit.status === 'running') return;
  const failed = commit.facts.find((fact) => fact.type === 'run.failed');
  if (failed?.failure.code.startsWith('LUM_MODEL_') === true)
    modelRequests.inc({ ...nobody, status: 'error' });
  runs.inc({ agent, outcome: commit.status });
  const accepted = claimed.journal.find(
    ({ fact }) => fact.type === 'run.accepted' && fact.run === claimed.lease.run,
  );
  const end = commit.facts.at(-1);
  if (accepted === undefined || end === undefined) return;
  runSeconds.observe({ outcome: commit.status }, Math.max(0, end.at - accepted.fact.at) / 1_000, trace);
}
