import { describe, expect, it } from '@jest/globals';
import {
  type Fact,
  type FactOf,
  type Message,
  type ToolCallTask,
  type ToolMessage,
  endedStatuses,
  factSchema,
  itemKey,
  itemKind,
  stepItem,
  stepOf,
} from '@lumina/contracts';
import fc from 'fast-check';
import type { Command, Occurrence } from './commands';
import { decide } from './decide';
import { flagsInForce } from './flags';
import { outcomeUnknown } from './outcome-unknown';
import type { OpenItem } from './pending-calls';
import { promptMessages } from './prompt';
import { type RunState, evolve, foldRun, isEnded } from './run-state';
import {
  accepted,
  agentOf,
  answered,
  call,
  circumstances,
  failed,
  journalOf,
  limitsOf,
} from './testing/run-facts';

const wantedCall = fc.constantFrom(
  { name: 'read_file', args: { path: 'x' } },
  { name: 'read_file', args: null, malformed: '{"path":' },
  { name: 'run_command', args: { b: 1, a: 2 } },
  { name: 'fly', args: {} },
  { name: 'delegate', args: { agent: 'coder', task: 'Do.' } },
  { name: 'delegate', args: { agent: 'ghost', task: 'Do.' } },
  { name: 'delegate', args: {} },
);
const answer = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('calls' as const),
      calls: fc.array(wantedCall, { minLength: 1, maxLength: 4 }),
    }),
    weight: 6,
  },
  {
    arbitrary: fc.constantFrom('Done.', '', ' ').map((text) => ({ kind: 'text' as const, text })),
    weight: 2,
  },
  { arbitrary: fc.constant({ kind: 'withheld' as const }), weight: 1 },
  { arbitrary: fc.constant({ kind: 'failed' as const }), weight: 1 },
);
const move = fc.record({
  /** Which of the open items somebody takes, in whatever order. */
  item: fc.nat({ max: 9 }),
  answer,
  decision: fc.constantFrom(
    'approve' as const,
    'edit' as const,
    'reject' as const,
    'retry' as const,
    'nobody' as const,
  ),
  isCrash: fc.constantFrom(false, false, false, true),
  isCancel: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
  tookMs: fc.nat({ max: 300 }),
});
type Move = typeof move extends fc.Arbitrary<infer Value> ? Value : never;

const limits = fc.record({
  steps: fc.integer({ min: 1, max: 6 }),
  toolCalls: fc.integer({ min: 1, max: 10 }),
  tokens: fc.constantFrom(20, 1_000_000),
  costUsd: fc.constantFrom(0.02, 5),
  wallTimeMs: fc.constantFrom(1_000, 600_000),
});
const agent = fc.record({
  onLimit: fc.constantFrom('fail' as const, 'wait' as const),
  onUnknownOutcome: fc.constantFrom('ask-person' as const, 'tell-model' as const),
  policy: fc.constantFrom(
    {},
    { delegate: 'ask' as const },
    { read_file: 'deny' as const, run_command: 'allow' as const },
  ),
});

/** What an orchestrator, an executor, a person and a store do, over a plain list. */
class Shell {
  readonly facts: Fact[];
  readonly open = new Map<string, OpenItem>();
  private readonly named = new Set<string>();
  nowMs = 1_000;

  constructor(
    begun: FactOf<'run.accepted'>,
    private readonly agent: ReturnType<typeof agentOf>,
  ) {
    const earlier = [
      accepted({ run: 'o' }),
      answered(1, [call('c0'), call('c1')], { run: 'o' }),
      failed('o'),
    ];
    this.facts = [...earlier, begun];
    this.openItem({ item: 'step:1', task: undefined });
  }

  get state(): RunState {
    return foldRun('r', journalOf(this.facts));
  }

  play(move: Move): void {
    this.nowMs += move.tookMs;
    const names = [...this.open.keys()];
    const item = names[move.item % names.length];
    if (item === undefined) return;
    if (move.isCancel) return this.cancel();
    switch (itemKind(item)) {
      case 'step':
        return this.step(item, move);
      case 'ask':
        return this.ask(item, move);
      case 'budget':
        return this.budget(item, move);
      case 'call':
      case 'child':
        return this.work(item, move);
    }
  }

  private cancel(): void {
    const asked = { type: 'cancel.asked', by: 'key', reason: undefined, isRollback: false } as const;
    this.carryOut(undefined, this.decide({ ...asked, openItems: [...this.open.keys()] }));
  }

  private step(item: string, { answer: given }: Move): void {
    const step = stepOf(item);
    const begun = this.decide({ type: 'step.claimed', step });
    if (begun.type !== 'ask-model') return this.carryOut(item, begun);
    expectPaired(begun.prompt.messages);
    expect(begun.prompt.timeLeftMs).toBeGreaterThan(0);
    this.carryOut(item, this.decide(this.occurrence(step, given)));
  }

  private occurrence(step: number, given: Move['answer']): Occurrence {
    switch (given.kind) {
      case 'failed':
        return { type: 'model.failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'away' };
      case 'withheld':
        return { type: 'model.answered', fact: answered(step, '', { finishReason: 'content_filter' }) };
      case 'text':
        return { type: 'model.answered', fact: answered(step, given.text) };
      case 'calls': {
        const calls = given.calls.map((wanted, index) => ({ ...wanted, id: `c${index}` }));
        return { type: 'model.answered', fact: answered(step, calls) };
      }
    }
  }

  private ask(item: string, { decision }: Move): void {
    if (decision === 'nobody') {
      this.nowMs += 400;
      return this.carryOut(undefined, this.decide({ type: 'approval.due', item }));
    }
    const args = decision === 'edit' ? { path: 'edited' } : undefined;
    const given = { item, decision, by: 'key', argsDigest: undefined, args, reason: undefined };
    this.carryOut(undefined, this.decide({ type: 'approval.answered', answers: [given] }));
  }

  private budget(item: string, { decision }: Move): void {
    if (decision === 'nobody') {
      this.nowMs += 400;
      return this.carryOut(item, this.decide({ type: 'budget.due', item }));
    }
    // Too little, or enough for a step or two.
    const more = decision === 'edit' ? 0.001 : 20;
    const verdict = decision === 'reject' ? 'reject' : 'grant';
    const answer = { item, by: 'key', reason: undefined, decision: verdict, more } as const;
    this.carryOut(undefined, this.decide({ type: 'budget.answered', answer }));
  }

  private work(item: string, { isCrash }: Move): void {
    const task = this.open.get(item)?.task;
    if (task === undefined) throw new Error(`${item} carries nothing`);
    if (isCrash && itemKind(item) === 'call') {
      const { callId, onUnknownOutcome, approvalTimeoutMs } = task as ToolCallTask;
      const unknown = outcomeUnknown(
        this.state,
        { callId, onUnknownOutcome, approvalTimeoutMs },
        this.circumstances,
      );
      if (unknown === undefined) throw new Error(`nobody asked for ${item}`);
      return this.carryOut(item, unknown);
    }
    const message: ToolMessage = {
      role: 'tool',
      id: task.messageId,
      toolCallId: task.callId,
      name: 'any',
      content: 'ok',
      isError: false,
    };
    const fact: Fact = {
      run: 'r',
      at: this.nowMs,
      type: 'tool.answered',
      message,
      durationMs: 1,
      attempt: 1,
      isCached: false,
    };
    this.carryOut(item, {
      type: 'advance',
      facts: [fact],
      close: [],
      open: [],
      nextItem: `step:${task.nextStep}`,
    });
  }

  private get circumstances() {
    return circumstances({ agent: this.agent, nowMs: this.nowMs });
  }

  private decide(occurrence: Occurrence): Command {
    const command = decide(this.state, occurrence, this.circumstances);
    expect(decide(this.state, occurrence, this.circumstances)).toEqual(command);
    return command;
  }

  private carryOut(held: string | undefined, command: Command): void {
    switch (command.type) {
      case 'ask-model':
      case 'nothing':
        throw new Error(`a run that goes on was answered with ${command.type}`);
      case 'wait':
        return expect(command.untilMs).toBeGreaterThan(this.nowMs);
      case 'refuse':
        return;
      case 'advance':
      case 'end': {
        this.facts.push(...command.facts);
        for (const item of [...(held === undefined ? [] : [held]), ...command.close]) this.open.delete(item);
        if (command.type === 'end') return;
        for (const item of command.open) this.openItem(item);
        if (this.open.size === 0 && command.nextItem !== '')
          this.openItem({ item: command.nextItem, task: undefined });
      }
    }
  }

  private openItem(opened: OpenItem): void {
    expect(this.named.has(opened.item)).toBe(false);
    this.named.add(opened.item);
    this.open.set(opened.item, opened);
  }
}

/** Model APIs refuse a conversation in which a call is not answered right behind it, or an answer has no call. */
function expectPaired(messages: readonly Message[]): void {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      expect(open.delete(message.toolCallId)).toBe(true);
      continue;
    }
    expect(open.size).toBe(0);
    if (message.role === 'assistant') for (const { id } of message.toolCalls) open.add(id);
  }
  expect(open.size).toBe(0);
}

const placeOf = (item: string): string => itemKey(item).split('~')[0] ?? '';

/** The open items are exactly what the state says is open (R2, D2, D3). */
function expectAccounted({ open, state }: Shell): void {
  const items = [...open.keys()];
  switch (state.phase.name) {
    case 'ended':
      return expect(items).toEqual([]);
    case 'thinking':
      return expect(items.map((item) => stepItem(stepOf(item)))).toEqual([stepItem(state.phase.step)]);
    case 'waiting':
      return expect(items).toEqual([state.phase.asked.item]);
    case 'acting': {
      const { step, unanswered } = state.phase;
      expect(items.map(placeOf).sort()).toEqual(unanswered.map(({ index }) => `${step}.${index}`).sort());
      const waiting = unanswered.flatMap(({ asked }) => asked?.item ?? []);
      return expect(items.filter((item) => itemKind(item) === 'ask').sort()).toEqual(waiting.sort());
    }
    case 'unborn':
      throw new Error('the run was never accepted');
  }
}

const quietly = (index: number): Move => ({
  item: index,
  answer: { kind: 'text', text: 'Done.' },
  // What has expired cannot be approved any more, only left to expire.
  decision: index % 2 === 0 ? 'approve' : 'nobody',
  isCrash: false,
  isCancel: false,
  tookMs: 1,
});

const anyRun = fc.tuple(limits, agent, fc.array(move, { maxLength: 40, size: 'max' }));
type AnyRun = typeof anyRun extends fc.Arbitrary<infer Value> ? Value : never;

function begin([limited, ways]: AnyRun): Shell {
  return new Shell(accepted({ limits: limitsOf(limited), flags: [...flagsInForce] }), agentOf(ways));
}

describe('any run, whatever models, tools, people and crashes do', () => {
  it('always has exactly the open items that its journal tells of, and ends', () => {
    const endings = new Map<string, number>();
    fc.assert(
      fc.property(anyRun, (run) => {
        const shell = begin(run);
        for (const move of run[2]) {
          shell.play(move);
          expectAccounted(shell);
        }
        for (let index = 0; index < 40 && !isEnded(shell.state); index += 1) shell.play(quietly(index));
        const { phase } = shell.state;
        if (phase.name !== 'ended') throw new Error(`still ${phase.name}`);
        expectAccounted(shell);
        endings.set(phase.ending.type, (endings.get(phase.ending.type) ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
    // Proof that the runs are of every kind.
    const kinds = endedStatuses.map((status) => `run.${status}`);
    expect([...endings.keys()].sort()).toEqual(kinds.sort());
  });

  it('keeps within its limits and answers each call once', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const shell = begin(run);
        for (const move of run[2]) shell.play(move);
        const { totals } = shell.state;
        expect(totals.steps).toBeLessThanOrEqual(run[0].steps);
        const own = shell.facts.filter((fact) => fact.run === 'r');
        const answers = own.flatMap((fact) => (fact.type === 'tool.answered' ? [fact.message.id] : []));
        expect(new Set(answers).size).toBe(answers.length);
        expectPaired(promptMessages(shell.state.messages));
      }),
      { numRuns: 300 },
    );
  });

  it('writes only facts that can be read again', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const shell = begin(run);
        for (const move of run[2]) shell.play(move);
        for (const fact of shell.facts)
          expect(factSchema.parse(JSON.parse(JSON.stringify(fact)))).toEqual(fact);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same run when its journal is read in two parts', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (run, cut) => {
        const shell = begin(run);
        for (const move of run[2]) shell.play(move);
        const at = cut % (shell.facts.length + 1);
        const first = foldRun('r', journalOf(shell.facts.slice(0, at)));
        const { startedFrom: _first, ...both } = shell.facts.slice(at).reduce(evolve, first);
        const { startedFrom: _whole, ...whole } = shell.state;
        expect(both).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('never changes once it has ended, whatever is said of it', () => {
    fc.assert(
      fc.property(anyRun, anyRun, (run, later) => {
        const shell = begin(run);
        for (const move of run[2]) shell.play(move);
        for (let index = 0; index < 40 && !isEnded(shell.state); index += 1) shell.play(quietly(index));
        const other = begin(later);
        for (const move of later[2]) other.play(move);
        expect(foldRun('r', journalOf([...shell.facts, ...other.facts]))).toEqual(shell.state);
        const nothing = decide(shell.state, { type: 'step.claimed', step: 1 }, circumstances());
        expect(nothing).toEqual({ type: 'nothing' });
      }),
      { numRuns: 100 },
    );
  });
});
