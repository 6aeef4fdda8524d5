import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** Beside `dist`, in which what is built stands; or beside the sources, where they are run as they are. */
const ops =
  [join(programs, 'ops'), resolve(programs, '../ops')].find((folder) => existsSync(folder)) ?? 'ops';

const drillFile = z.object({
  drills: z.array(z.object({ break: z.string(), pages: z.array(z.string()).max(1) })),
});

export interface AlertDrill {
  readonly break: string;
  /** The alert that must page; undefined: none may. */
  readonly page: string | undefined;
}

export const alertDrills = (): readonly AlertDrill[] =>
  drillFile
    .parse(parse(readFileSync(join(ops, 'alert-drills.yaml'), 'utf8')))
    .drills.map(({ break: what, pages: [page] }) => ({ break: what, page }));

/** How `--short` shortens the shipped rules. Expressions, limits, labels and inhibition stay as they are. */
const short = { for: '5s', window: '1m', lingers: { '1m': '20s', '6m': '70s', '8m': '100s' } } as const;

/** The rules as they are shipped, or with shorter times: never other expressions. */
export const shippedRules = (isShort: boolean): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(join(ops, 'prometheus/rules')).map((name) => {
      const text = readFileSync(join(ops, 'prometheus/rules', name), 'utf8');
      // Shortened, budgets of hours would be spent by any outage: they are left out and tested by promtool alone.
      if (!isShort || name.startsWith('slo-')) return [name, isShort ? 'groups: []\n' : text] as const;
      return [name, shortened(text)] as const;
    }),
  );

/** Never their expressions. */
export const shortened = (text: string): string =>
  text
    .replaceAll(/\[(5|15|30)m\]/g, `[${short.window}]`)
    .replaceAll(/^( +for:) \S+$/gm, `$1 ${short.for}`)
    .replaceAll(
      /^( +keep_firing_for:) (1m|6m|8m)$/gm,
      (_all, key: string, long: '1m' | '6m' | '8m') => `${key} ${short.lingers[long]}`,
    );

/** `for` of an alert, ms; 0 where it has none. */
export function waitOf(rules: Readonly<Record<string, string>>, alert: string): number {
  const text = Object.values(rules).find((rule) => rule.includes(`- alert: ${alert}\n`));
  if (text === undefined) throw new Error(`no rule is named ${alert}`);
  const [, own = ''] = text.split(`- alert: ${alert}\n`);
  const [rule = ''] = own.split('- alert: ');
  const [, amount = '0', unit = 's'] = /^ +for: (\d+)([sm])$/m.exec(rule) ?? [];
  return Number(amount) * (unit === 'm' ? 60_000 : 1_000);
}

/** The shipped routes and inhibition, with a webhook for every receiver. */
export function shippedRoutes(url: string): string {
  const config = z
    .looseObject({ receivers: z.array(z.looseObject({ name: z.string() })) })
    .parse(parse(readFileSync(join(ops, 'alertmanager/alertmanager.yaml'), 'utf8')));
  const receivers = config.receivers.map(({ name }) => ({
    name,
    webhook_configs: [{ url, send_resolved: name !== 'watchdog' }],
  }));
  return stringify({ ...config, receivers }, { lineWidth: 0 });
}
