import type { WorkSurvey } from '@lumina/store';
import type { Probe } from './probe';

export interface WorkProbeOptions {
  readonly look: () => Promise<WorkSurvey>;
  /** How long an item may be overdue before it counts as left alone. */
  readonly maxOverdueMs: number;
  /** Told what was seen, or undefined when nothing could be. */
  readonly onLook: (survey: WorkSurvey | undefined) => void;
}

/** Whether somebody looks after what is open: items that stay overdue mean that nobody sweeps. */
export function workProbe({ look, maxOverdueMs, onLook }: WorkProbeOptions): Probe {
  return {
    name: 'work',
    isCritical: false,
    run: async () => {
      try {
        const survey = await look();
        onLook(survey);
        return { isHealthy: survey.overdueMs <= maxOverdueMs, detail: lineOf(survey, maxOverdueMs) };
      } catch (error) {
        onLook(undefined);
        throw error;
      }
    },
  };
}

function lineOf({ openItems, overdueMs, activeThreads, isWhole }: WorkSurvey, maxOverdueMs: number): string {
  const items = Object.entries(openItems)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const line = `${activeThreads} threads at work; open: ${items.join(', ') || 'nothing'}${isWhole ? '' : ' and more'}`;
  if (overdueMs <= maxOverdueMs) return line;
  return `${line}; the oldest is overdue by ${(overdueMs / 1_000).toFixed(0)} s: no orchestrator sweeps`;
}
