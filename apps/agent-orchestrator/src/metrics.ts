import type { FactOf } from '@lumina/contracts';
import type { ClaimedItem, Commit } from '@lumina/store';
import type { ModelWatch } from '@lumina/models';
import { Counter, Gauge, Histogram } from 'prom-client';

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
  help: 'Requests to models: ok, the answers that were committed; else the code of the failure.',
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

const fallbacks = new Counter({
  name: 'lumina_llm_fallbacks_total',
  help: 'Questions that went on to the next model of a chain, by the one that was left.',
  labelNames: ['provider', 'model'],
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
    modelRequests.inc({ ...labelsOf(ref), status: code });
  },
  fellBack: (from) => {
    fallbacks.inc(labelsOf(from));
  },
  stitched: (from) => {
    stitches.inc(labelsOf(from));
  },
  breaker: (ref, state) => {
    breakers.set(labelsOf(ref), { closed: 0, 'half-open': 0.5, open: 1 }[state]);
  },
};

export const measureRecovery = (cause: string): void => recovered.inc({ cause });

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

export function measureAnswer(fact: FactOf<'model.answered'>): void {
  const labels = labelsOf(fact.model);
  modelRequests.inc({ ...labels, status: 'ok' });
  if (fact.parts === undefined) measureSpending(fact.model, fact);
  else {
    measureSpending(fact.model, ownSpending(fact));
    for (const part of fact.parts) measureSpending(part.model, part);
  }
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
