import {
  type Metric,
  type OpenMetricsContentType,
  Registry,
  openMetricsContentType,
  register,
} from 'prom-client';

type Labels = Readonly<Record<string, string>>;

export function openMetricsRegistry(): Registry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(openMetricsContentType);
  return registry as unknown as Registry;
}

/**
 * What OpenMetrics calls a counter: its family has no `_total`, only its samples do. prom-client would take the ending from the counter
 * itself, and for good.
 */
const renamed = (counter: { readonly name: string } & Pick<Metric, 'get'>): Metric => {
  const name = counter.name.replace(/_total$/, '');
  const read = async () => ({ ...(await counter.get()), name });
  return { name, type: 'counter', get: read } as unknown as Metric;
};

/** Everything that this process counts, in the format of OpenMetrics. `labels` are those of every series. */
export async function openMetricsPage(labels: Labels): Promise<string> {
  const view = openMetricsRegistry();
  view.setDefaultLabels(labels);
  for (const about of register.getMetricsAsArray()) {
    const metric = about as typeof about & Metric;
    view.registerMetric(String(about.type) === 'counter' ? renamed(metric) : metric);
  }
  return view.metrics();
}
