import { application } from './application';
import { business } from './business';
import type { Dashboard, Panel } from './dashboard';
import { infrastructure } from './infrastructure';
import { llm } from './llm';
import { quality } from './quality';
import { tools } from './tools';

/** Every dashboard, in the order of the page about them. */
export const dashboards: readonly Dashboard[] = [application, tools, llm, quality, infrastructure, business];

export interface PlacedPanel {
  readonly dashboard: Dashboard;
  readonly panel: Panel;
  /** Unique in its dashboard. */
  readonly id: number;
}

export const uidOf = ({ name }: Pick<Dashboard, 'name'>): string => `lumina-${name}`;

/** The panels of a dashboard, numbered in its order from 1 on. */
export const panelsOf = (dashboard: Dashboard): readonly PlacedPanel[] =>
  dashboard.rows.flatMap(({ panels }) => panels).map((panel, index) => ({ dashboard, panel, id: index + 1 }));

const byAlert: ReadonlyMap<string, PlacedPanel> = new Map(
  dashboards
    .flatMap(panelsOf)
    .flatMap((placed) => (placed.panel.alerts ?? []).map((alert) => [alert, placed] as const)),
);

/** Where an alert is seen. Throws when no panel shows it. */
export function panelOf(alert: string): PlacedPanel {
  const placed = byAlert.get(alert);
  if (placed === undefined) throw new Error(`no panel shows ${alert}`);
  return placed;
}
