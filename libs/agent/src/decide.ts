import { type Fact, type FactOf, itemKind, stepItem, stepOf } from '@lumina/contracts';
import { answerFaults } from './answer-checks';
import { approvalLapsed, approvalsAnswered } from './approvals';
import { askForMore, budgetAnswered, budgetLapsed } from './budget';
import type { Circumstances } from './circumstances';
import type { Command, Occurrence } from './commands';
import { cancelled, end, failed } from './ending';
import { hasFlag } from './flags';
import { exceededLimit, exceededToolCalls, workedMs } from './limits';
import { modelFailed } from './outage';
import { planCall, unrunAnswer } from './pending-calls';
import { promptMessages, repairMessages, stepOptions, systemWords } from './prompt';
import { type RunState, evolve, isClientsTurn, isEnded } from './run-state';
import { toolsOf } from './toolbox';
import { outOfBudget } from './wide-budget';

/**
 * What follows from a run's state and from what has just happened. Pure: the shell carries it out. Invariants:
 *
 * D1 A decision is a function of its arguments: no clock, no chance, no I/O.
 * D2 Every decision about a run that has not ended moves it or waits for something that `explain` can name: it asks the model,
 *    opens at least one item, leaves others open, or ends the run.
 * D3 No more than one item of a kind is opened for one tool call, and its name is never used again.
 * D4 A run past a limit ends, and says which; past a budget it may wait to be granted more instead (budget.ts).
 * D5 What a model asked for wrongly is answered to the model; it does not end the run.
 * D6 A call that needs a person is run only after a decision about exactly these arguments, in time (approvals.ts).
 * D7 A cancelled run begins nothing new; it ends when what was begun has let go.
 * D8 Calls of the client's tools are left to the client: the run ends when nothing else of its answer is open.
 */
export function decide(state: RunState, occurrence: Occurrence, circumstances: Circumstances): Command {
  if (isEnded(state)) return { type: 'nothing' };
  switch (occurrence.type) {
    case 'step.claimed':
      return stepClaimed(state, occurrence.step, circumstances);
    case 'model.answered':
      return modelAnswered(state, occurrence.fact, circumstances);
    case 'model.failed':
      return modelFailed(state, occurrence, circumstances);
    case 'model.cut':
      return end(evolve(state, occurrence.fact), [occurrence.fact], cancelled(state, circumstances));
    case 'approval.answered':
      return approvalsAnswered(state, occurrence.answers, circumstances);
    case 'approval.due':
      return approvalLapsed(state, occurrence.item, circumstances);
    case 'budget.answered':
      return budgetAnswered(state, occurrence.answer, circumstances);
    case 'budget.due':
      return budgetLapsed(state, occurrence.item, circumstances);
    case 'cancel.asked':
      return cancelAsked(state, occurrence, circumstances);
  }
}

/** What it means that somebody has taken an item of an orchestrator's. `child:` items are not decided about here. */
export function occurrenceOf(item: string): Occurrence {
  switch (itemKind(item)) {
    case 'ask':
      return { type: 'approval.due', item };
    case 'budget':
      return { type: 'budget.due', item };
    default:
      return { type: 'step.claimed', step: stepOf(item) };
  }
}

function stepClaimed(state: RunState, step: number, circumstances: Circumstances): Command {
  if (isClientsTurn(state)) {
    const ending = state.cancel === undefined ? succeeded : cancelled;
    return end(state, [], ending(state, circumstances));
  }
  if (state.phase.name !== 'thinking' || state.phase.step !== step) {
    const message = `The journal does not lead to step ${step} (the run is ${state.phase.name}).`;
    return end(state, [], failed(state, { code: 'LUM_INTERNAL', message }, circumstances));
  }
  if (state.cancel !== undefined) return end(state, [], cancelled(state, circumstances));
  const exceeded = exceededLimit(state, circumstances.nowMs);
  const { agent, nowMs } = circumstances;
  if (exceeded?.budget !== undefined && agent.onLimit === 'wait')
    return askForMore(state, step, exceeded.budget, circumstances);
  if (exceeded !== undefined) return end(state, [], failed(state, exceeded, circumstances));
  if (circumstances.shortage !== undefined)
    return outOfBudget(state, step, circumstances.shortage, circumstances);
  const wallTimeMs = state.limits?.wallTimeMs ?? 0;
  return {
    type: 'ask-model',
    prompt: {
      step,
      system: systemWords(agent, state.options),
      messages: [...promptMessages(state.messages), ...repairMessages(state)],
      tools: toolsOf(circumstances, state),
      ...stepOptions(state),
      timeLeftMs: wallTimeMs - workedMs(state, nowMs),
    },
  };
}

function modelAnswered(
  before: RunState,
  fact: FactOf<'model.answered'>,
  circumstances: Circumstances,
): Command {
  const state = evolve(before, fact);
  const hadRepair = before.rejected !== undefined;
  const { message, finishReason, step } = fact;
  if (message.toolCalls.length > 0) return act(state, fact, circumstances);
  if (message.content.trim() !== '') return answeredInWords(state, fact, { hadRepair, circumstances });
  if (finishReason === 'content_filter') {
    const reason = 'The model withheld its answer (content filter).';
    return end(state, [fact], failed(state, { code: 'LUM_MODEL_REJECTED', message: reason }, circumstances));
  }
  if (state.totals.emptyAnswers < 2) {
    return { type: 'advance', facts: [fact], close: [], open: [], nextItem: stepItem(step + 1) };
  }
  const reason = 'The model answered twice without words and without tool calls.';
  return end(state, [fact], failed(state, { code: 'LUM_ANSWER_EMPTY', message: reason }, circumstances));
}

/** The run ends with its answer, unless that breaks the agent's rules; once it is asked for again, with the faults. */
function answeredInWords(
  state: RunState,
  fact: FactOf<'model.answered'>,
  { hadRepair, circumstances }: { readonly hadRepair: boolean; readonly circumstances: Circumstances },
): Command {
  const { agent, nowMs } = circumstances;
  const faults = hasFlag(state, 'answersAreChecked')
    ? answerFaults({
        text: fact.message.content,
        isCutOff: fact.finishReason === 'length',
        agent,
        evidence: state.messages.filter(({ role }) => role !== 'assistant'),
      })
    : [];
  if (faults.length === 0) return end(state, [fact], succeeded(state, circumstances));
  const { step, message } = fact;
  const rejected: Fact = {
    ...{ run: state.run, at: nowMs, type: 'answer.rejected', step, messageId: message.id },
    faults: [...faults],
  };
  if (!hadRepair) {
    return { type: 'advance', facts: [fact, rejected], close: [], open: [], nextItem: stepItem(step + 1) };
  }
  const why = faults.map((fault) => `${fault.check}: ${fault.message}`).join('; ');
  const reason = `The model's answer broke the agent's rules twice. ${why}`;
  const ending = failed(state, { code: 'LUM_ANSWER_INVALID', message: reason }, circumstances);
  return end(evolve(state, rejected), [fact, rejected], ending);
}

function act(state: RunState, fact: FactOf<'model.answered'>, circumstances: Circumstances): Command {
  const exceeded = exceededToolCalls(state);
  if (exceeded !== undefined) return end(state, [fact], failed(state, exceeded, circumstances));
  const { step } = fact;
  const plans = fact.message.toolCalls.map((call, index) => {
    const plan = planCall(
      state,
      { pending: { call, index, generation: 0, asked: undefined }, step },
      circumstances,
    );
    if (plan.kind === 'open') return plan;
    if (plan.kind === 'leave') return { facts: [], open: undefined };
    const answer = unrunAnswer(
      state.run,
      { call, step, index },
      { reason: plan.reason, at: circumstances.nowMs },
    );
    return { facts: [answer], open: undefined };
  });
  const facts = plans.flatMap(({ facts: planned }): readonly Fact[] => planned);
  const open = plans.flatMap((plan) => plan.open ?? []);
  const after = facts.reduce(evolve, state);
  if (isClientsTurn(after)) return end(after, [fact, ...facts], succeeded(after, circumstances));
  return { type: 'advance', facts: [fact, ...facts], close: [], open, nextItem: stepItem(step + 1) };
}

const succeeded = ({ run }: RunState, { nowMs }: Circumstances): FactOf<'run.succeeded'> => ({
  run,
  at: nowMs,
  type: 'run.succeeded',
});

type CancelAsked = Extract<Occurrence, { type: 'cancel.asked' }>;

/**
 * Whoever holds an item hears of it and commits what was done by then; items that nobody has taken yet are answered by
 * whoever takes them. Only what waits for a person is settled here, for nobody would.
 */
function cancelAsked(state: RunState, cancel: CancelAsked, circumstances: Circumstances): Command {
  if (state.cancel !== undefined)
    return { type: 'refuse', code: 'LUM_CONFLICT', message: 'The run is being cancelled already.' };
  const at = circumstances.nowMs;
  const { by, reason, isRollback, openItems } = cancel;
  const why = reason === undefined ? {} : { reason };
  const requested: Fact = { run: state.run, at, type: 'cancel.requested', by, isRollback, ...why };
  const asks = openItems.filter((item) => itemKind(item) === 'ask' || itemKind(item) === 'budget');
  const answers = state.phase.name === 'acting' ? unaskedAnswers(state, at) : [];
  const facts = [requested, ...answers];
  const isAnythingLeft = openItems.length > asks.length;
  const after = facts.reduce(evolve, state);
  if (!isAnythingLeft) return end(after, facts, cancelled(after, circumstances), asks);
  const nextStep = state.phase.name === 'acting' ? stepItem(state.phase.step + 1) : '';
  return { type: 'advance', facts, close: asks, open: [], nextItem: nextStep };
}

function unaskedAnswers(state: RunState, at: number): readonly Fact[] {
  if (state.phase.name !== 'acting') return [];
  const { step, unanswered } = state.phase;
  return unanswered
    .filter(({ asked }) => asked !== undefined)
    .map(({ call, index }) =>
      unrunAnswer(
        state.run,
        { call, step, index },
        { reason: 'the run was cancelled before anybody decided', at },
      ),
    );
}
