import { foldRun, isResting } from '@lumina/agent';
import type { EndingFact, Fact, FactOf, JournalEntry } from '@lumina/contracts';
import type { ItemSnapshot, RunSnapshot } from '@lumina/store';
import { type Moment, type Standing, amountText, standing } from './standing';

/**
 * Why a run is where it is (promise P7). Pure: the snapshot and the journal say it all. Nothing that was said is repeated
 * here; names of tools, models and agents are.
 */
export interface Explanation extends Standing {
  readonly run_id: string;
  readonly thread_id: string;
  readonly agent: string;
  readonly status: string;
  readonly timeline: readonly { readonly at: string; readonly what: string; readonly detail?: string }[];
  readonly items: readonly ItemView[];
}

interface ItemView {
  readonly item: string;
  readonly state: string;
  readonly attempt: number;
  readonly holder?: string;
  readonly lease_until?: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function explain(
  run: RunSnapshot,
  journal: readonly JournalEntry[],
  circumstances: Omit<Moment, 'sinceMs'>,
): Explanation {
  const facts = journal.map(({ fact }) => fact).filter((fact) => fact.run === run.run);
  const state = foldRun(run.run, journal);
  const sinceMs = facts.at(-1)?.at ?? run.createdMs;
  return {
    run_id: run.run,
    thread_id: run.thread,
    agent: run.agent,
    status: run.status === 'running' && isResting(state) ? 'waiting' : run.status,
    ...standing(run, state, { ...circumstances, sinceMs }),
    timeline: facts.map(timelineEntry),
    items: run.items.map(itemView),
  };
}

function timelineEntry(fact: Fact): Explanation['timeline'][number] {
  const at = iso(fact.at);
  switch (fact.type) {
    case 'run.accepted':
      return {
        at,
        what: 'accepted',
        detail: `agent ${fact.agent}, definition ${fact.agentDigest.slice(0, 12)}`,
      };
    case 'model.answered':
      return { at, ...answered(fact) };
    case 'tool.answered': {
      const { name, isError } = fact.message;
      const how = isError ? 'with an error' : 'well';
      return {
        at,
        what: `tool ${name} answered ${how}`,
        detail: `attempt ${fact.attempt}, ${fact.durationMs} ms`,
      };
    }
    case 'model.cut':
      return { at, what: 'the model was cut off', detail: `step ${fact.step}` };
    case 'approval.asked':
      return {
        at,
        what: 'a person is asked',
        detail: `${fact.item}, ${fact.why}, until ${iso(fact.expiresAt)}`,
      };
    case 'approval.given':
      return { at, what: `decided: ${fact.decision}`, detail: `${fact.item}, by ${fact.by}` };
    case 'answer.rejected': {
      const checks = fact.faults.map(({ check }) => check).join(', ');
      return { at, what: 'the answer was not accepted', detail: `step ${fact.step}, ${checks}` };
    }
    case 'model.unavailable': {
      const detail = `step ${fact.step}, asked again at ${iso(fact.nextAt)}: ${fact.failure.message} (${fact.failure.code})`;
      return { at, what: 'no model could be reached', detail };
    }
    case 'budget.asked':
    case 'budget.granted':
    case 'budget.freed':
    case 'budget.refused':
      return { at, ...budgetEntry(fact) };
    case 'cancel.requested':
      return { at, what: 'cancellation asked for', detail: `by ${fact.by}` };
    case 'thread.updated':
      return { at, what: 'the thread was changed by a client' };
    case 'run.succeeded':
    case 'run.cancelled':
    case 'run.failed':
    case 'run.expired':
      return { at, ...endEntry(fact) };
  }
}

function endEntry(fact: EndingFact) {
  const what = fact.type.slice('run.'.length);
  if (!('failure' in fact)) return { what };
  return { what, detail: `${fact.failure.message} (${fact.failure.code})` };
}

function budgetEntry(fact: FactOf<'budget.asked' | 'budget.granted' | 'budget.freed' | 'budget.refused'>) {
  const { item } = fact;
  switch (fact.type) {
    case 'budget.asked': {
      const used = `${amountText(fact, fact.used)} of ${fact.allowed} used`;
      return {
        what:
          fact.scope === 'run'
            ? 'a person is asked for more budget'
            : `the budget of the ${fact.scope} is used up`,
        detail: `${item}, ${used}, until ${iso(fact.expiresAt)}`,
      };
    }
    case 'budget.granted': {
      const detail = `${item}, ${amountText(fact, fact.more)} more, by ${fact.by}`;
      return { what: 'more budget was granted', detail };
    }
    case 'budget.freed':
      return { what: 'the budget has room again', detail: item };
    case 'budget.refused':
      return { what: 'more budget was refused', detail: `${item}, by ${fact.by}` };
  }
}

function itemView({ item, isOpen, epoch, owner, leaseUntilMs }: ItemSnapshot): ItemView {
  return {
    item,
    state: isOpen ? (owner === undefined ? 'open' : 'held') : 'closed',
    attempt: epoch,
    ...(owner === undefined ? {} : { holder: owner }),
    ...(leaseUntilMs === undefined ? {} : { lease_until: iso(leaseUntilMs) }),
  };
}

function answered(fact: FactOf<'model.answered'>): { readonly what: string; readonly detail: string } {
  if (fact.isCached === true)
    return {
      what: 'answered as before',
      detail: `step ${fact.step}, ${fact.model}, from the cache, for nothing`,
    };
  const calls = fact.message.toolCalls.map(({ name }) => name).join(', ');
  const { inputTokens, outputTokens } = fact.usage;
  const numbers = `step ${fact.step}, ${fact.model}, attempt ${fact.attempt}, ${inputTokens}+${outputTokens} tokens`;
  const asked = calls === '' ? '' : `, asked for ${calls}`;
  return { what: 'model answered', detail: `${numbers}, ${Math.round(fact.durationMs)} ms${asked}` };
}
