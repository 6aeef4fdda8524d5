import { z } from 'zod';
import type { Check } from './check';
import { knownMetrics, rulesOf, unknownMetrics } from './signals';
import type { SourceTree } from './source-tree';

const folder = 'ops/grafana/dashboards/';

const dashboardFile = z.object({
  uid: z.string(),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
});
type DashboardFile = z.infer<typeof dashboardFile>;

function dashboardsOf(tree: SourceTree): readonly (readonly [path: string, file: DashboardFile])[] {
  const paths = tree.paths.filter((path) => path.startsWith(folder) && path.endsWith('.json'));
  return paths.map((path) => [path, dashboardFile.parse(JSON.parse(tree.read(path)))]);
}

/** `/d/lumina-tools?viewPanel=3`: the dashboard and the panel that a link leads to. */
function isLed(link: string, files: readonly DashboardFile[]): boolean {
  const [, uid, panel] = /\/([\w-]+)\?viewPanel=(\d+)(?:&|$)/.exec(link) ?? [];
  return files.some((file) => file.uid === uid && file.panels.some(({ id }) => String(id) === panel));
}

/** Each query asks for what is exported, and each alert leads to a panel that is there. */
export function dashboardFaults(tree: SourceTree): readonly string[] {
  const dashboards = dashboardsOf(tree);
  if (dashboards.length === 0) return [`${folder} holds no dashboards`];
  const known = knownMetrics(tree);
  const asked = dashboards.flatMap(([path, { panels }]) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => unknownMetrics(`${path}: "${title}"`, expr, known)),
    ),
  );
  const files = dashboards.map(([, file]) => file);
  const astray = rulesOf(tree).flatMap(({ alert, annotations = {} }) => {
    const link = annotations['dashboard'] ?? '';
    return alert === undefined || isLed(link, files) ? [] : [`${alert} leads to no panel: ${link}`];
  });
  return [...asked, ...astray];
}

export const dashboards: Check = {
  name: 'dashboards ask for metrics that exist, and alerts lead to their panels',
  faults: dashboardFaults,
};
