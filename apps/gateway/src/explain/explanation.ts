import { type RunState, foldRun } from '@lumina/agent';
import { type EndingFact, type Fact, type JournalEntry, itemKind } from '@lumina/contracts';
import type { ItemSnapshot, RunSnapshot } from '@lumina/store';

/**
 * Why a run is where it is (promise P7). Pure: the snapshot and the journal say it all. Nothing that was said is repeated
 * here; names of tools, models and agents are.
 */
export interface Explanation {
  readonly run_id: string;
  readonly thread_id: string;
  readonly agent: string;
  readonly status: string;
  readonly summary: string;
  readonly waits_for?: {
    readonly what: string;
    readonly since: string;
    readonly until?: string;
    readonly holder?: string;
  };
  readonly what_to_do: string;
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
  circumstances: { readonly nowMs: number; readonly activeRun: string | undefined },
): Explanation {
  const facts = journal.map(({ fact }) => fact).filter((fact) => fact.run === run.run);
  const state = foldRun(run.run, journal);
  const sinceMs = facts.at(-1)?.at ?? run.createdMs;
  return {
    run_id: run.run,
    thread_id: run.thread,
    agent: run.agent,
    status: run.status,
    ...standing(run, state, { ...circumstances, sinceMs }),
    timeline: facts.map(timelineEntry),
    items: run.items.map(itemView),
  };
}

type Standing = Pick<Explanation, 'summary' | 'waits_for' | 'what_to_do'>;

interface Moment {
  readonly nowMs: number;
  readonly activeRun: string | undefined;
  readonly sinceMs: number;
}

function standing(run: RunSnapshot, state: RunState, moment: Moment): Standing {
  if (run.status === 'queued') return moment.activeRun === run.run ? inLine(moment) : queued(moment);
  if (state.phase.name === 'ended') return ended(state.phase.ending);
  const open = run.items.filter(({ isOpen }) => isOpen);
  const held = open.find(({ leaseUntilMs = 0 }) => leaseUntilMs > moment.nowMs);
  if (held !== undefined) return atWork(held, state, moment);
  const silent = open.find(({ leaseUntilMs }) => leaseUntilMs !== undefined);
  if (silent !== undefined) return fellSilent(silent, moment);
  const asks = open.filter(({ item }) => itemKind(item) === 'ask');
  if (asks.length > 0 && asks.length === open.length) return awaitsPerson(run, state);
  const child = open.find(({ item }) => itemKind(item) === 'child');
  if (child !== undefined && open.every(({ item }) => itemKind(item) === 'child')) return delegated(moment);
  return nobodyCame(open, moment);
}

function ended(ending: EndingFact): Standing {
  switch (ending.type) {
    case 'run.succeeded':
      return { summary: 'The run has succeeded.', what_to_do: 'Nothing.' };
    case 'run.cancelled':
      return { summary: 'The run was cancelled.', what_to_do: 'Nothing; the timeline says by whom.' };
    case 'run.failed':
    case 'run.expired': {
      const { code, message } = ending.failure;
      const how = ending.type === 'run.failed' ? 'has failed' : 'ran out of time';
      return {
        summary: `The run ${how}: ${message} (${code})`,
        what_to_do: `See ${code} in docs/errors.md.`,
      };
    }
  }
}

function awaitsPerson({ run }: RunSnapshot, { phase }: RunState): Standing {
  const pending =
    phase.name === 'acting'
      ? phase.unanswered.flatMap(({ call, asked }) => (asked === undefined ? [] : [{ call, asked }]))
      : [];
  const [first] = pending;
  const names = pending.map(({ call }) => call.name).join(', ');
  const isUnknown = first?.asked.why === 'outcome_unknown';
  const summary = isUnknown
    ? `A crash left unknown whether ${names} had its effect; a person must say.`
    : first?.asked.why === 'input'
      ? 'The agent has asked a question; a person must answer.'
      : `A person must decide whether ${names} may run.`;
  const isQuestion = first?.asked.why === 'input';
  const what = isUnknown ? 'outcome_unknown' : isQuestion ? 'input' : 'approval';
  const earliest = Math.min(...pending.map(({ asked }) => asked.expiresAt));
  return {
    summary,
    waits_for: { what, since: iso(first?.asked.at ?? 0), until: iso(earliest) },
    what_to_do: `Decide: GET and POST /runs/${run}/approvals, or resume the thread with a command.`,
  };
}

const inLine = ({ sinceMs }: Moment): Standing => ({
  summary:
    'The run waits in line: its tenant, or its agent for this tenant, has as many runs under way as it may.',
  waits_for: { what: "another of the tenant's runs to end", since: iso(sinceMs) },
  what_to_do: "Wait, or raise LUMINA_TENANT_MAX_RUNS or the agent's maxConcurrentRuns.",
});

const queued = ({ activeRun, sinceMs }: Moment): Standing => ({
  summary: 'The run waits for its thread: one run at a time.',
  waits_for: { what: `run ${activeRun ?? 'before it'} of the same thread`, since: iso(sinceMs) },
  what_to_do: activeRun === undefined ? 'Wait.' : `See why that run goes on: explain ${activeRun}.`,
});

function atWork(
  { item, owner = '?', leaseUntilMs = 0 }: ItemSnapshot,
  state: RunState,
  { sinceMs }: Moment,
): Standing {
  const isStep = itemKind(item) === 'step';
  const names =
    state.phase.name === 'acting' ? state.phase.unanswered.map(({ call }) => call.name).join(', ') : '';
  const what = isStep ? "the model's answer" : `the tools ${names}`;
  return {
    summary: isStep ? 'A worker is asking the model.' : `Tools are running: ${names}.`,
    waits_for: { what, since: iso(sinceMs), until: iso(leaseUntilMs), holder: owner },
    what_to_do: 'Wait; the holder renews its lease while it lives. If it falls silent, another takes over.',
  };
}

function fellSilent({ item, owner = '?', leaseUntilMs = 0 }: ItemSnapshot, { sinceMs }: Moment): Standing {
  return {
    summary: `The worker that held ${item} fell silent at ${iso(leaseUntilMs)}; another will take over.`,
    waits_for: { what: `a worker to take over ${item}`, since: iso(sinceMs), holder: owner },
    what_to_do: 'If this lasts more than a few seconds, no orchestrator sweeps: look at `./lumina status`.',
  };
}

const delegated = ({ sinceMs }: Moment): Standing => ({
  summary: 'The run waits for a subagent.',
  waits_for: { what: "a subagent's run", since: iso(sinceMs) },
  what_to_do: "Wait, or look at the subagent's run: its thread names this run as parent_run_id.",
});

function nobodyCame(open: readonly ItemSnapshot[], { sinceMs }: Moment): Standing {
  const names = open.map(({ item }) => item).join(', ') || 'nothing';
  const isTool = open.some(({ item }) => itemKind(item) === 'call');
  const service = isTool ? 'tool-executor' : 'agent-orchestrator';
  return {
    summary: `No worker has taken ${names} yet.`,
    waits_for: { what: `a free ${service}`, since: iso(sinceMs) },
    what_to_do: `If this lasts, look whether a ${service} runs and is ready: \`./lumina status\`.`,
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
    case 'model.answered': {
      const calls = fact.message.toolCalls.map(({ name }) => name).join(', ');
      const { inputTokens, outputTokens } = fact.usage;
      const numbers = `step ${fact.step}, ${fact.model}, attempt ${fact.attempt}, ${inputTokens}+${outputTokens} tokens`;
      const asked = calls === '' ? '' : `, asked for ${calls}`;
      return { at, what: 'model answered', detail: `${numbers}, ${Math.round(fact.durationMs)} ms${asked}` };
    }
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
    case 'cancel.requested':
      return { at, what: 'cancellation asked for', detail: `by ${fact.by}` };
    case 'thread.updated':
      return { at, what: 'the thread was changed by a client' };
    case 'run.succeeded':
      return { at, what: 'succeeded' };
    case 'run.cancelled':
      return { at, what: 'cancelled' };
    case 'run.failed':
    case 'run.expired':
      return {
        at,
        what: fact.type.slice('run.'.length),
        detail: `${fact.failure.message} (${fact.failure.code})`,
      };
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
