import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Helm, Rendering } from './helm';
import { type KubernetesObject, objectsOf } from './kubernetes-object';

/** A chart with one of its `ci/*-values.yaml`, which name in a line `# api-versions:` what the cluster has. */
export interface Scenario extends Rendering {
  /** `lumina/ha`. */
  readonly name: string;
}

const releases: Readonly<Record<string, string>> = { lumina: 'lumina', 'redis-sentinel': 'lumina-redis' };
const ending = '-values.yaml';

export function scenariosOf(root: string, chart: string): readonly Scenario[] {
  const folder = join(root, 'charts', chart, 'ci');
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  return files.toSorted().map((file) => {
    const path = join(folder, file);
    const apis = /^# api-versions: (.*)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return {
      name: `${chart}/${file.slice(0, -ending.length)}`,
      chart: join(root, 'charts', chart),
      release: releases[chart] ?? chart,
      valuesFiles: [path],
      apiVersions: apis?.split(' ') ?? [],
    };
  });
}

/** @throws Error with what Helm says when it cannot be rendered */
export async function render(helm: Helm, rendering: Rendering): Promise<readonly KubernetesObject[]> {
  const { isContent, text } = await helm.template(rendering);
  if (!isContent) throw new Error(text);
  return objectsOf(text);
}
