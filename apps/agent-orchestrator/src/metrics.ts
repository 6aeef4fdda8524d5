import type { FactOf } from '@lumina/contracts';
import type { BudgetWarning, ClaimedItem, Commit } from '@lumina/store';
import { Counter, Histogram } from 'prom-client';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

const runs = new Counter({
  name: 'lumina_runs_total',
  help: 'Runs that ended, by outcome.',
  labelNames: ['agent', 'outcome'],
});
const runSeconds = new Histogram({
  name: 'lumina_run_duration_seconds',
  help: 'From acceptance to end of a run.',
  labelNames: ['outcome'],
  buckets: secondsBuckets,
});
const recovered = new Counter({
  name: 'lumina_runs_recovered_total',
  help: 'Work items taken over from a worker that fell silent, or rung for again, by cause.',
  labelNames: ['cause'],
});
const modelRequests = new Counter({
  name: 'lumina_llm_requests_total',
  help: 'Answers of models that were committed.',
  labelNames: ['provider', 'model', 'status'],
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
const modelSeconds = new Histogram({
  name: 'lumina_llm_duration_seconds',
  help: 'Duration of a model request that answered.',
  labelNames: ['provider', 'model'],
  buckets: secondsBuckets,
});
const firstTokenSeconds = new Histogram({
  name: 'lumina_llm_time_to_first_token_seconds',
  help: 'From the request to the first token.',
  labelNames: ['provider', 'model'],
  buckets: secondsBuckets,
});

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

export const measureRecovery = (cause: string): void => recovered.inc({ cause });

export function measureAnswer(fact: FactOf<'model.answered'>): void {
  const slash = fact.model.indexOf('/');
  const labels = { provider: fact.model.slice(0, slash), model: fact.model.slice(slash + 1) };
  modelRequests.inc({ ...labels, status: 'ok' });
  modelTokens.inc({ ...labels, type: 'input' }, fact.usage.inputTokens);
  modelTokens.inc({ ...labels, type: 'output' }, fact.usage.outputTokens);
  modelCost.inc(labels, fact.costUsd);
  modelSeconds.observe(labels, fact.durationMs / 1_000);
  firstTokenSeconds.observe(labels, fact.timeToFirstTokenMs / 1_000);
}

export function measureEnd(commit: Commit, claimed: ClaimedItem, agent: string): void {
  if (commit.status === 'running') return;
  runs.inc({ agent, outcome: commit.status });
  const accepted = claimed.journal.find(
    ({ fact }) => fact.type === 'run.accepted' && fact.run === claimed.lease.run,
  );
  const end = commit.facts.at(-1);
  if (accepted === undefined || end === undefined) return;
  runSeconds.observe({ outcome: commit.status }, Math.max(0, end.at - accepted.fact.at) / 1_000);
}
