import { stringify } from 'yaml';
import { chartReadme } from './chart-readme';
import { type ServiceSetting, valuesSchema } from './values-schema';
import { valuesTree } from './values-tree';

export type SettingsOfServices = Readonly<Record<string, readonly ServiceSetting[]>>;

/** What is read of the repository: paths below its root, and texts. */
export interface ChartSources {
  readonly settings: SettingsOfServices;
  readonly read: (path: string) => string;
  readonly list: (folder: string) => readonly string[];
}

/** Variables that no chart sets, and why. */
export const unsettable: Readonly<Record<string, string>> = {
  LUMINA_CRASH_AT: 'for drills',
  LUMINA_HTTP_ALLOW: 'for tests',
  KUBERNETES_SERVICE_HOST: 'set by Kubernetes',
};

/** Variables that the chart gives a value itself, whatever values say. */
export const fixed: readonly string[] = [
  'LUMINA_HOST',
  'PORT',
  'LUMINA_WORKSPACE_ROOT',
  'LUMINA_CONFIG',
  'LUMINA_REDIS_URL',
  'LUMINA_REDIS_SENTINELS',
  'LUMINA_REDIS_MASTER',
  'LUMINA_SIMULATED_BASE_URL',
];

const settable = (settings: readonly ServiceSetting[]): readonly ServiceSetting[] =>
  settings.filter(({ name }) => !(name in unsettable));

function uniqueSettings(settings: SettingsOfServices): readonly ServiceSetting[] {
  const all = Object.values(settings).flatMap(settable);
  const free = all.filter(({ name }) => !fixed.includes(name));
  return [...new Map(free.map((setting) => [setting.name, setting])).values()].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function settingsFile(settings: SettingsOfServices): string {
  const services = Object.entries(settings).map(([service, own]) => [
    service,
    settable(own).map(({ name, isSecret }) => ({ name, isSecret })),
  ]);
  const head = '# Made by tools/docs/charts.mjs from the settings that the services read.\n';
  return head + stringify(Object.fromEntries(services));
}

const copies: Readonly<Record<string, string>> = {
  'ops/prometheus/rules': 'charts/lumina/files/rules',
  'ops/grafana/dashboards': 'charts/lumina/files/dashboards',
};

/** What is made of values.yaml, settings and ops/, by path. JSON and Markdown are still to be formatted. */
export function chartFiles({ settings, read, list }: ChartSources): Readonly<Record<string, string>> {
  const free = uniqueSettings(settings);
  const files = ['lumina', 'redis-sentinel'].flatMap((chart) => {
    const keys = valuesTree(read(`charts/${chart}/values.yaml`));
    return [
      [
        `charts/${chart}/values.schema.json`,
        JSON.stringify(valuesSchema(keys, free, list(`charts/${chart}/charts`))),
      ],
      [`charts/${chart}/README.md`, chartReadme(read(`charts/${chart}/README.head.md`), keys)],
    ];
  });
  const copied = Object.entries(copies).flatMap(([from, to]) =>
    list(from).map((name) => [`${to}/${name}`, read(`${from}/${name}`)]),
  );
  return Object.fromEntries([
    ...files,
    ...copied,
    ['charts/lumina/files/settings.yaml', settingsFile(settings)],
  ]) as Readonly<Record<string, string>>;
}

/** Folders that hold nothing but copies. */
export const copiedFolders: readonly string[] = Object.values(copies);
