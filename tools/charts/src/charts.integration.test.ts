import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chartFiles } from './chart-files';
import { type Helm, installedHelm } from './helm';
import { type KubernetesObject, nameOf, podPlansOf, textAt } from './kubernetes-object';
import { fieldFaults, schemaFaults } from './object-types';
import { referenceFaults } from './reference-faults';
import { type Scenario, render, scenariosOf } from './scenario';
import { runbookFaults } from './runbook-faults';
import { securityFaults } from './security-faults';
import { selectorFaults } from './selector-faults';
import { type Surface, surfaceFaults, unsettableFaults } from './surface-faults';
import { expectations } from './testing/expectations';
import { type PlantedFault, plantIn, plantedFaults } from './testing/planted-faults';
import { builtSettings, list, read, root, surfaceOf } from './testing/house';

jest.setTimeout(300_000);

const charts = ['lumina', 'redis-sentinel'] as const;
const scenarios = charts.flatMap((chart) => scenariosOf(root, chart));
const wantedScenarios = [
  ...['default', 'ha', 'external-redis', 'existing-secrets', 'gateway-api', 'ingress', 'keda', 'locked-down'],
  ...['mesh', 'dev'],
];

interface Rendered {
  readonly scenario: Pick<Scenario, 'name'>;
  readonly objects: readonly KubernetesObject[];
}

/** What is rendered, with what else is in the namespace. */
function faultsBeside(
  { scenario, objects }: Rendered,
  others: readonly KubernetesObject[],
  surface: Surface,
) {
  const { given = [], strangers = [] } = expectations[scenario.name] ?? {};
  const otherPods = podPlansOf(others).map(({ labels }) => labels);
  return [
    ...selectorFaults(objects, [...strangers, ...otherPods]),
    ...referenceFaults(objects, [...given, ...others.map(nameOf)]),
    ...securityFaults(objects),
    ...surfaceFaults(objects, surface),
  ];
}

describe('charts', () => {
  let helm: Helm;
  let surface: Surface;
  let rendered: readonly Rendered[];
  let planted: readonly (PlantedFault & { readonly objects: readonly KubernetesObject[] | string })[];
  /** By an object's JSON, what types say about it; all are compiled at once. */
  let typeFaults: ReadonlyMap<string, readonly string[]>;

  const othersOf = (name: string): readonly KubernetesObject[] => {
    const other = name.startsWith('lumina/') ? 'redis-sentinel/default' : 'lumina/default';
    return rendered.find(({ scenario }) => scenario.name === other)?.objects ?? [];
  };
  const typeFaultsOf = (objects: readonly KubernetesObject[]): readonly string[] =>
    objects.flatMap((object) => typeFaults.get(JSON.stringify(object)) ?? ['an object was not compiled']);

  beforeAll(async () => {
    helm = await installedHelm(root);
    surface = surfaceOf(builtSettings());
    rendered = await Promise.all(
      scenarios.map(async (scenario) => ({ scenario, objects: await render(helm, scenario) })),
    );
    planted = await Promise.all(
      plantedFaults.map(async (fault) => ({ ...fault, objects: await plantIn(helm, fault) })),
    );
    const all = [...rendered, ...planted].flatMap(({ objects }) =>
      typeof objects === 'string' ? [] : objects,
    );
    const unique = [...new Map(all.map((object) => [JSON.stringify(object), object])).entries()];
    const objects = unique.map(([, object]) => object);
    const [schemas, fields] = await Promise.all([schemaFaults(root, objects), fieldFaults(root, objects)]);
    typeFaults = new Map(
      unique.map(([json], index) => [json, [...(schemas[index] ?? []), ...(fields[index] ?? [])]]),
    );
  });

  it('have every scenario that was promised', () => {
    const names = scenarios.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(wantedScenarios.map((name) => `lumina/${name}`)));
  });

  it.each(charts)('%s passes helm lint --strict with each scenario', async (chart) => {
    const own = scenarios.filter(({ name }) => name.startsWith(`${chart}/`));
    for (const { valuesFiles } of own)
      expect(await helm.lint(`${root}/charts/${chart}`, valuesFiles)).toMatchObject({ isContent: true });
  });

  it.each(scenarios.map(({ name }) => name))('%s is sound', (name) => {
    const own = rendered.find(({ scenario }) => scenario.name === name);
    if (own === undefined) throw new Error('it was not rendered');
    expect(own.objects.length).toBeGreaterThan(5);
    expect(typeFaultsOf(own.objects)).toEqual([]);
    expect(faultsBeside(own, othersOf(name), surface)).toEqual([]);
  });

  it.each(['default', 'dev'])('deploy with %s no image that the Dockerfile does not make', (name) => {
    const targets = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, target]) => target);
    const own = rendered.find(({ scenario }) => scenario.name === `lumina/${name}`)?.objects ?? [];
    const deployed = new Set(
      podPlansOf(own).flatMap(({ containers }) => containers.map((one) => textAt(one, 'image'))),
    );
    const names = [...deployed].map((image) => /^lumina\/([a-z-]+):/.exec(image)?.[1] ?? image);
    expect(names).toEqual(expect.arrayContaining(['gateway', 'simulated-model']));
    expect(names.filter((one) => !targets.includes(one))).toEqual([]);
  });

  it('lead from an alert to where runbooks and dashboards of an installation are', () => {
    const own = rendered.find(({ scenario }) => scenario.name === 'lumina/ha')?.objects ?? [];
    const rules = own.filter(({ kind }) => kind === 'PrometheusRule').map((rule) => JSON.stringify(rule));
    const links = rules.join().match(/"(?:runbook_url|dashboard)":"[^"]*"/g) ?? [];
    expect(links.length).toBeGreaterThan(90);
    const places =
      /^"runbook_url":"https:\/\/runbooks\.example\.org\/Lumina\w+\.md"$|^"dashboard":"https:\/\/grafana\.example\.org\/d\/lumina-/;
    expect(links.filter((link) => !places.test(link))).toEqual([]);
  });

  it('make what the commands of runbooks name', () => {
    const wanted = ['lumina/default', 'redis-sentinel/default'];
    const installed = rendered.filter(({ scenario }) => wanted.includes(scenario.name));
    const objects = installed.flatMap((one) => one.objects);
    const pages = list('docs/runbooks').map((name) => [name, read(`docs/runbooks/${name}`)] as const);
    expect(pages.length).toBeGreaterThan(50);
    const faults = pages.map(([name, text]) => [name, runbookFaults(text, objects)] as const);
    expect(faults.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('can set every setting that a service reads, and no other', () => {
    const schema: unknown = JSON.parse(read('charts/lumina/values.schema.json'));
    expect(unsettableFaults(schema, surface.settings)).toEqual([]);
  });

  it('refuse values that they do not know', async () => {
    for (const chart of charts) {
      const { isContent, text } = await helm.template({
        ...{
          chart: `${root}/charts/${chart}`,
          release: 'x',
          valuesFiles: [`${root}/tools/charts/testing/unknown-values.yaml`],
        },
      });
      expect({ isContent, text }).toMatchObject({
        isContent: false,
        text: expect.stringContaining('unheardOf'),
      });
    }
  });

  it.each(plantedFaults.map(({ what }) => what))('a fault is caught: %s', (what) => {
    const fault = planted.find((one) => one.what === what);
    if (fault === undefined) throw new Error('it was not planted');
    const { objects } = fault;
    const said =
      typeof objects === 'string'
        ? [objects]
        : [
            ...typeFaultsOf(objects),
            ...faultsBeside(
              { scenario: { name: `${fault.chart}/default` }, objects },
              othersOf(`${fault.chart}/`),
              surface,
            ),
          ];
    expect(said.join('\n')).toMatch(fault.caught);
  });

  it('are in step with values, settings and ops: node tools/docs/charts.mjs --write', () => {
    const files = Object.entries(chartFiles({ settings: surface.settings, read, list }));
    const asIs = files.filter(([path]) => !/\.(md|schema\.json)$/.test(path));
    expect(asIs.filter(([path, text]) => read(path) !== text).map(([path]) => path)).toEqual([]);
    const schemas = files.filter(([path]) => path.endsWith('.schema.json'));
    for (const [path, text] of schemas) expect(JSON.parse(read(path))).toEqual(JSON.parse(text));
    const words = (text: string): string => text.replaceAll(/[\s|-]+/g, ' ');
    const pages = files.filter(([path]) => path.endsWith('.md'));
    expect(pages.filter(([path, text]) => words(read(path)) !== words(text)).map(([path]) => path)).toEqual(
      [],
    );
  });
});
