import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SettingsOfServices } from '../chart-files';
import type { Surface } from '../surface-faults';

export const root = resolve(__dirname, '../../../..');

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
export const list = (folder: string): readonly string[] =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).toSorted() : [];

/** As the built services describe them. */
export function builtSettings(): SettingsOfServices {
  const program = join(root, 'tools/docs/settings-of-services.mjs');
  return JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })) as SettingsOfServices;
}

/** Paths that a controller's decorators name. */
function probesOf(source: string): readonly string[] {
  const prefix = /@Controller\('(\w+)'\)/.exec(source)?.[1] ?? '';
  return [...source.matchAll(/@Get\('(\w+)'\)/g)].map(([, path = '']) => `/${prefix}/${path}`);
}

export function surfaceOf(settings: SettingsOfServices): Surface {
  const metrics = [...read('docs/metrics.md').matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
  return {
    settings,
    probes: probesOf(read('libs/platform/src/service/probe.controller.ts')),
    metrics: new Set(metrics),
  };
}
