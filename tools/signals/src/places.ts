import type { Alert } from './alerts/alert';
import { panelOf, uidOf } from './dashboards';

/** Where the reader of an alert finds its runbook and its dashboard: what stands before `/<Alert>.md`, and before `/<dashboard>`. */
export interface Places {
  readonly runbooks: string;
  readonly dashboards: string;
}

/** Where they are in this repository, and below the address of a Grafana, until an installation says where its own are. */
export const usualPlaces: Places = { runbooks: 'docs/runbooks', dashboards: '/d' };

export const runbookUrl = ({ name }: Pick<Alert, 'name'>, { runbooks }: Places): string =>
  `${runbooks}/${name}.md`;

/** The panel on which an alert is seen, alone and of the last hours. */
export function dashboardUrl({ name }: Pick<Alert, 'name'>, { dashboards }: Places): string {
  const { dashboard, id } = panelOf(name);
  return `${dashboards}/${uidOf(dashboard)}?viewPanel=${id}&from=now-3h&to=now`;
}
