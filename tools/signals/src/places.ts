import type { Alert } from './alerts/alert';

/** Where the reader of an alert finds its runbook and its dashboard. */
export interface Places {
  readonly runbooks: string;
  readonly dashboards: string;
}

/** Names that lead nowhere until an installation says where its own are. */
export const placeholders: Places = {
  runbooks: 'https://lumina.invalid/docs/runbooks',
  dashboards: 'https://grafana.invalid/d',
};

export const runbookUrl = ({ name }: Pick<Alert, 'name'>, { runbooks }: Places): string =>
  `${runbooks}/${name}.md`;

export const dashboardOf = ({ area }: Pick<Alert, 'area'>): string => `lumina-${area}`;

export const dashboardUrl = (alert: Pick<Alert, 'area' | 'name'>, { dashboards }: Places): string =>
  `${dashboards}/${dashboardOf(alert)}?from=now-3h`;
