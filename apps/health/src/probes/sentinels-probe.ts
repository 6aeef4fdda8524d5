import type { Probe } from './probe';
import type { SentinelSurvey } from './sentinel-survey';

export interface SentinelsProbeOptions {
  readonly look: () => Promise<SentinelSurvey>;
  readonly onLook: (survey: SentinelSurvey) => void;
}

/** Whether a failover would work, and whether there is one master in whom all agree. */
export function sentinelsProbe({ look, onLook }: SentinelsProbeOptions): Probe {
  return {
    name: 'sentinels',
    isCritical: false,
    run: async () => {
      const survey = await look();
      onLook(survey);
      const faults = sentinelFaults(survey);
      return { isHealthy: faults.length === 0, detail: faults.join('; ') || lineOf(survey) };
    },
  };
}

/** What is wrong with the group, in words; none: nothing is. */
export function sentinelFaults(survey: SentinelSurvey): readonly string[] {
  const { sentinels, reachable, named, withQuorum, masters, replicas } = survey;
  const faults: [boolean, string][] = [
    [reachable < sentinels, `${sentinels - reachable} of ${sentinels} Sentinels do not answer`],
    [reachable > 0 && withQuorum === 0, 'no Sentinel sees enough others to carry out a failover'],
    [named.length > 1, `the Sentinels disagree about the master: ${named.join(' and ')}`],
    [masters.length > 1, `${masters.join(' and ')} both say that they are the master`],
    [reachable > 0 && masters.length === 0, 'no server says that it is the master'],
    [replicas.up < replicas.known, `${replicas.known - replicas.up} of ${replicas.known} replicas are down`],
  ];
  return faults.filter(([applies]) => applies).map(([, fault]) => fault);
}

const lineOf = ({ reachable, masters, replicas }: SentinelSurvey): string =>
  `${reachable} Sentinels agree on ${masters[0] ?? 'nobody'}, ${replicas.up} replicas are up`;
