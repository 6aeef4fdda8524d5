import type { RunState } from '@lumina/agent';
import { itemKind } from '@lumina/contracts';
import {
  type Span,
  type TraceContext,
  type Tracing,
  operations,
  parseTraceparent,
  runContext,
  spanIdOf,
  spanNames,
} from '@lumina/platform';
import type { Via } from '@lumina/queue';
import type { ClaimedItem, Commit } from '@lumina/store';

export interface TracedStep {
  readonly claimed: ClaimedItem;
  readonly state: RunState;
  readonly agent: string;
  readonly via: Via | undefined;
}

/** One attempt at one item of a run, as a span below that of the run. */
export interface StepTrace {
  readonly context: TraceContext;
  readonly traceparent: string;
  ended(outcome: string, commit?: Commit): void;
  /** Where nothing else ended it. */
  end(errorType?: string): void;
}

/**
 * Undefined where the run is not traced. The ids of the spans follow from the names of run, item and attempt, so that whoever takes a
 * step over can name the attempt before it, and the span of the run is written once, by whoever ends it, though it is the parent of all.
 */
export function stepTrace(tracing: Tracing | undefined, step: TracedStep): StepTrace | undefined {
  if (tracing === undefined) return undefined;
  const { claimed, state, agent, via } = step;
  const { run, item, epoch } = claimed.lease;
  const parent = runContext(run, state.traceparent);
  if (parent === undefined) return undefined;
  const attemptId = (attempt: number): string => spanIdOf(run, item, attempt);
  const span = tracing.start(itemKind(item), {
    kind: 'consumer',
    parent,
    spanId: attemptId(epoch),
    links: claimed.mayHaveBegun && epoch > 1 ? [{ ...parent, spanId: attemptId(epoch - 1) }] : [],
    attributes: {
      ...namesOf(step),
      [spanNames.item]: item,
      [spanNames.attempt]: epoch,
      [spanNames.doorbell]: via,
    },
  });
  return {
    context: span.context,
    traceparent: span.traceparent,
    end: (errorType) => span.end(errorType),
    ended: (outcome, commit) => {
      endStep(span, outcome, commit);
      const isEnd = commit !== undefined && commit.status !== 'running';
      if (!isEnd || (outcome !== 'committed' && outcome !== 'repeated')) return;
      const whole = tracing.start(`${operations.agent} ${agent}`, {
        parent: parseTraceparent(state.traceparent),
        spanId: parent.spanId,
        atMs: state.acceptedAtMs,
        attributes: {
          ...namesOf(step),
          [spanNames.operation]: operations.agent,
          [spanNames.outcome]: commit.status,
        },
      });
      whole.end(failureIn(commit));
    },
  };
}

const namesOf = ({ claimed, agent }: TracedStep) => ({
  [spanNames.run]: claimed.lease.run,
  [spanNames.conversation]: claimed.thread,
  [spanNames.tenant]: claimed.tenant,
  [spanNames.agent]: agent,
});

function endStep(span: Span, outcome: string, commit: Commit | undefined): void {
  const answered = commit?.facts.find((fact) => fact.type === 'model.answered');
  span.set({
    [spanNames.outcome]: outcome,
    [spanNames.costUsd]: answered?.costUsd,
    [spanNames.isCached]: answered?.isCached,
    [spanNames.stitches]: answered?.parts?.filter(({ isStitched }) => isStitched).length,
  });
  span.end(outcome === 'lost' ? 'lost' : commit && failureIn(commit));
}

function failureIn({ facts }: Commit): string | undefined {
  const failed = facts.find((fact) => fact.type === 'run.failed' || fact.type === 'run.expired');
  return failed?.failure.code;
}
