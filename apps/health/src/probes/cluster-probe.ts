import type { ClusterSurvey } from './cluster-survey';
import type { Probe } from './probe';

export interface ClusterProbeOptions {
  /** Undefined outside a cluster. */
  readonly look: (() => Promise<ClusterSurvey>) | undefined;
  /** Told what was seen, or undefined when nothing could be. */
  readonly onLook: (survey: ClusterSurvey | undefined) => void;
}

/** Whether Kubernetes can run what Lumina asks of it. */
export function clusterProbe({ look, onLook }: ClusterProbeOptions): Probe {
  return {
    name: 'cluster',
    isCritical: false,
    run: async () => {
      if (look === undefined) return { isHealthy: true, detail: 'not in a cluster' };
      try {
        const survey = await look();
        onLook(survey);
        const faults = clusterFaults(survey);
        return {
          isHealthy: faults.length === 0,
          detail: faults.join('; ') || `${survey.podsReady} pods are ready`,
        };
      } catch (error) {
        onLook(undefined);
        throw refused(error);
      }
    },
  };
}

const named = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

/** What is wrong, in words; none: nothing is. */
export function clusterFaults(survey: ClusterSurvey): readonly string[] {
  const faults: [readonly string[], string][] = [
    [survey.podsNotReady, 'pods are not ready'],
    [survey.restarting, 'restart again and again'],
    [survey.autoscalersAtMaximum, 'have as many replicas as they may'],
    [survey.budgetsBlocked, 'allow no disruption'],
    [survey.cronJobsFailed, 'failed when they ran last'],
  ];
  return faults.filter(([names]) => names.length > 0).map(([names, fault]) => `${fault}: ${named(names)}`);
}

/** The client's own words hold the whole answer, headers too. */
function refused(error: unknown): unknown {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'number') return error;
  const why = code === 403 ? ': the service account lacks a right (docs/health.md)' : '';
  return new Error(`the Kubernetes API answers ${code}${why}`);
}
