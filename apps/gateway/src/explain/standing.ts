import type { Outage, PendingCall, RunState } from '@lumina/agent';
import { type EndingFact, type FactOf, type ItemKind, itemKind } from '@lumina/contracts';
import type { ItemSnapshot, RunSnapshot } from '@lumina/store';
import { type Family, childrenOf, members } from '../interventions/family';

/** Where a run is, why, and what to do about it. */
export interface Standing {
  readonly summary: string;
  readonly waits_for?: {
    readonly what: string;
    readonly since: string;
    readonly until?: string;
    readonly holder?: string;
  };
  readonly what_to_do: string;
}

export interface Moment {
  readonly nowMs: number;
  /** The runs of subagents that it waits for. */
  readonly children: readonly Family[];
  /** The run that has the thread. */
  readonly activeRun: string | undefined;
  readonly sinceMs: number;
}

/** Whoever looks for overdue work has found the step by then. */
const lateMs = 10_000;

const iso = (ms: number): string => new Date(ms).toISOString();

export function standing(run: RunSnapshot, state: RunState, moment: Moment): Standing {
  if (run.status === 'queued') return moment.activeRun === run.run ? inLine(moment) : queued(moment);
  if (state.phase.name === 'ended') return ended(state.phase.ending);
  const rest = resting(run, state, moment);
  return state.cancel === undefined
    ? rest
    : { ...rest, summary: `The run is being cancelled. ${rest.summary}` };
}

/** What is at work comes first, then what should be, then what waits for others. */
function resting(run: RunSnapshot, state: RunState, moment: Moment): Standing {
  const open = run.items.filter(({ isOpen }) => isOpen);
  const held = open.find(({ leaseUntilMs = 0 }) => leaseUntilMs > moment.nowMs);
  if (held !== undefined) return atWork(held, state, moment);
  const silent = open.find(({ leaseUntilMs }) => leaseUntilMs !== undefined);
  if (silent !== undefined) return fellSilent(silent, moment);
  const kinds = new Set(open.map(({ item }) => itemKind(item)));
  if (kinds.has('step') && state.outage !== undefined) return awaitsModels(state.outage, moment);
  if (kinds.has('call') || kinds.has('step')) return nobodyCame(open, moment);
  if (kinds.has('budget')) return awaitsBudget(run, state, moment);
  if (kinds.has('ask')) return awaitsPerson(run, proposalsOf(state), moment);
  return kinds.has('child') ? delegated(state, moment) : nobodyCame(open, moment);
}

function awaitsModels({ sinceMs, last }: Outage, moment: Moment): Standing {
  if (last.nextAt + lateMs < moment.nowMs) return decidedJustNow(moment);
  return {
    summary: `No model can be reached: ${last.failure.message} (${last.failure.code}). The run waits and asks again by itself.`,
    waits_for: { what: 'a model', since: iso(sinceMs), until: iso(last.until) },
    what_to_do: `Nothing, if they come back; it is asked again at ${iso(last.nextAt)}. Else look at the providers: \`./lumina doctor\`.`,
  };
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

interface Proposal {
  readonly name: string;
  readonly asked: FactOf<'approval.asked'>;
}

const unanswered = ({ phase }: RunState): readonly PendingCall[] =>
  phase.name === 'acting' ? phase.unanswered : [];

const proposalsOf = (state: RunState): readonly Proposal[] =>
  unanswered(state).flatMap(({ call, asked }) => (asked === undefined ? [] : [{ name: call.name, asked }]));

const reasons = {
  policy: { what: 'approval', say: (names: string) => `A person must decide whether ${names} may run.` },
  outcome_unknown: {
    what: 'outcome_unknown',
    say: (names: string) => `A crash left unknown whether ${names} had its effect; a person must say.`,
  },
  input: { what: 'input', say: () => 'The agent has asked a question; a person must answer.' },
} as const;

function awaitsPerson({ run }: RunSnapshot, proposals: readonly Proposal[], moment: Moment): Standing {
  const [first] = proposals;
  // The journal is read after the run: a person may have decided in between.
  if (first === undefined) return decidedJustNow(moment);
  const untilMs = Math.min(...proposals.map(({ asked }) => asked.expiresAt));
  if (untilMs <= moment.nowMs) return lapsed(proposals, untilMs);
  const whys = [...new Set(proposals.map(({ asked }) => asked.why))];
  const summaries = whys.map((why) => {
    const names = proposals.filter(({ asked }) => asked.why === why).map(({ name }) => name);
    return reasons[why].say(names.join(', '));
  });
  return {
    summary: summaries.join(' '),
    waits_for: { what: reasons[first.asked.why].what, since: iso(first.asked.at), until: iso(untilMs) },
    what_to_do: `Decide: GET and POST /runs/${run}/approvals, or resume the thread with a command.`,
  };
}

/** `1200 tokens`, `0.0350 US dollars`. */
export const amountText = ({ amount }: Pick<FactOf<'budget.asked'>, 'amount'>, count: number): string =>
  amount === 'tokens' ? `${count} tokens` : `${count.toFixed(4)} US dollars`;

function awaitsBudget({ run }: RunSnapshot, { phase }: RunState, moment: Moment): Standing {
  // The journal is read after the run: a person may have decided in between.
  if (phase.name !== 'waiting') return decidedJustNow(moment);
  const { at, expiresAt, used, allowed } = phase.asked;
  if (expiresAt <= moment.nowMs) {
    return {
      summary: 'Nobody granted more budget in time; the run ends at its limit.',
      waits_for: { what: 'a free agent-orchestrator', since: iso(expiresAt) },
      what_to_do: 'If this lasts, look whether an agent-orchestrator runs and is ready: `./lumina status`.',
    };
  }
  return {
    summary: `The run has used ${amountText(phase.asked, used)} of ${allowed}; a person must grant more or refuse.`,
    waits_for: { what: 'budget', since: iso(at), until: iso(expiresAt) },
    what_to_do:
      `Grant more or refuse, with a key that may approve: GET and POST /runs/${run}/budget, or resume the thread with a ` +
      'command. Or cancel the run.',
  };
}

const decidedJustNow = ({ sinceMs }: Moment): Standing => ({
  summary: 'A person has decided, and the run is about to go on.',
  waits_for: { what: 'what follows from the decision', since: iso(sinceMs) },
  what_to_do: 'Look again.',
});

function lapsed(proposals: readonly Proposal[], untilMs: number): Standing {
  const names = proposals.filter(({ asked }) => asked.expiresAt <= untilMs).map(({ name }) => name);
  return {
    summary: `Nobody decided about ${names.join(', ')} in time; the call counts as refused.`,
    waits_for: { what: 'a free agent-orchestrator', since: iso(untilMs) },
    what_to_do: 'If this lasts, look whether an agent-orchestrator runs and is ready: `./lumina status`.',
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

/** What a holder of each kind of item is at; `names`: the tools that run. */
const work: Readonly<
  Record<ItemKind, (names: string) => { readonly summary: string; readonly what: string }>
> = {
  step: () => ({ summary: 'A worker is asking the model.', what: "the model's answer" }),
  call: (names) => ({ summary: `Tools are running: ${names}.`, what: `the tools ${names}` }),
  child: () => ({ summary: 'A worker is starting a subagent.', what: "the start of a subagent's run" }),
  ask: () => ({
    summary: 'A worker is looking whether a person has decided in time.',
    what: 'what follows from the decision',
  }),
  budget: () => ({
    summary: 'A worker is looking whether a person has granted more budget in time.',
    what: 'what follows from the decision',
  }),
};

function atWork(
  { item, owner = '?', leaseUntilMs = 0 }: ItemSnapshot,
  state: RunState,
  { sinceMs }: Moment,
): Standing {
  const running = unanswered(state).filter(({ asked }) => asked === undefined);
  const { summary, what } = work[itemKind(item)](running.map(({ call }) => call.name).join(', '));
  return {
    summary,
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

function delegated(state: RunState, { sinceMs, children }: Moment): Standing {
  const runs = childrenOf(state).map(({ run }) => run);
  const asking = children.flatMap(members).filter(isAsking);
  const named = `${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}`;
  const what = runs.length === 0 ? "a subagent's run" : named;
  const [first] = asking;
  if (first === undefined) {
    return {
      summary: 'The run waits for a subagent.',
      waits_for: { what, since: iso(sinceMs) },
      what_to_do: `Wait, or see why that run goes on: explain ${runs[0] ?? 'RUN'}.`,
    };
  }
  return {
    summary: 'The run waits for a subagent, and that for a person.',
    waits_for: { what, since: iso(sinceMs) },
    what_to_do: `Decide: explain ${first.run} says what about and how.`,
  };
}

const isAsking = ({ phase }: RunState): boolean =>
  phase.name === 'waiting' ||
  (phase.name === 'acting' && phase.unanswered.some(({ asked }) => asked !== undefined));

function nobodyCame(open: readonly ItemSnapshot[], { sinceMs }: Moment): Standing {
  const untaken = open.filter(({ item }) => ['step', 'call'].includes(itemKind(item)));
  const names = untaken.map(({ item }) => item).join(', ') || 'what comes next';
  const isTool = open.some(({ item }) => itemKind(item) === 'call');
  const service = isTool ? 'tool-executor' : 'agent-orchestrator';
  return {
    summary: `No worker has taken ${names} yet.`,
    waits_for: { what: `a free ${service}`, since: iso(sinceMs) },
    what_to_do: `If this lasts, look whether a ${service} runs and is ready: \`./lumina status\`.`,
  };
}
