import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  defaultDashboard,
  defaultGridPos,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Dashboard, Panel } from './dashboard';
import { type PlacedPanel, panelsOf, uidOf } from './index';
import { type GridPlace, columns, placesOf } from './panel-places';

/** Whoever looks chooses which Prometheus: nothing of an installation stands in the file. */
const source = { type: 'prometheus', uid: '${datasource}' };

const targets = ({ queries }: Panel): DataqueryBuilder[] =>
  queries.map(({ expr, legend }, index) => {
    const refId = String.fromCharCode(65 + index);
    const target = new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range();
    // Beside percentiles Grafana marks single runs, and leads to their traces (docs/tracing.md).
    return expr.startsWith('histogram_quantile(') ? target.exemplar(true) : target;
  });

const thresholds = ({ limit }: Panel): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'green' },
      ...(limit === undefined ? [] : [{ value: limit, color: 'red' }]),
    ]);

/** What numbers and lines have in common. */
function furnished<Builder extends StatBuilder | LinesBuilder>(
  builder: Builder,
  { panel, id }: PlacedPanel,
): Builder {
  const { title, says, unit } = panel;
  builder.id(id).title(title).description(says).unit(unit);
  builder.datasource(source).thresholds(thresholds(panel)).targets(targets(panel));
  return builder;
}

function lines(placed: PlacedPanel): LinesBuilder {
  const { limit } = placed.panel;
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
  const builder = furnished(new LinesBuilder(), placed).min(0).legend(legend);
  if (limit === undefined) return builder;
  const style = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
  return builder.thresholdsStyle(style);
}

const links = [
  new DashboardLinkBuilder('Lumina')
    .type(DashboardLinkType.Dashboards)
    .tags(['lumina'])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true)
    .build(),
];

/** What Grafana reads, as JSON. The same each time: nothing of it depends on when or where it is made. */
export function dashboardFile(dashboard: Dashboard): string {
  const { headings, at } = placesOf(dashboard);
  const panels = panelsOf(dashboard).map((placed) => {
    const builder = placed.panel.isGlance === true ? furnished(new StatBuilder(), placed) : lines(placed);
    return builder.gridPos(at.get(placed.panel) ?? defaultGridPos()).build();
  });
  const rows = dashboard.rows.map(({ title }, index) =>
    new RowBuilder(title)
      .id(rowIds + index)
      .gridPos({ x: 0, y: headings[index] ?? 0, w: columns, h: 1 })
      .build(),
  );
  const file = {
    ...defaultDashboard(),
    uid: uidOf(dashboard),
    title: dashboard.title,
    description: dashboard.says,
    tags: ['lumina'],
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    graphTooltip: DashboardCursorSync.Crosshair,
    templating: {
      list: [new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus').build()],
    },
    links,
    panels: [...rows, ...panels].toSorted((a, b) => place(a) - place(b)),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

const place = ({ gridPos: { x = 0, y = 0 } = {} }: { readonly gridPos?: Partial<GridPlace> }): number =>
  y * columns + x;

/** Rows are panels to Grafana, and numbered beside those that alerts lead to. */
const rowIds = 1_000;
