import { describe, expect, it } from '@jest/globals';
import { freePorts } from '@lumina/testbed';
import { parse } from 'yaml';
import { breaks } from './breaks';
import { Pager } from './pager';
import { alertDrills, shippedRoutes, shippedRules, shortened, waitOf } from './shipped-rules';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly expr: string }[];
  }[];
}
const expressionsOf = (text: string): readonly string[] =>
  (parse(text) as Rules).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
const withoutWindows = (expression: string): string => expression.replaceAll(/\[\w+\]/g, '[]');

describe('the drills of alerts', () => {
  it('break what somebody knows how to break', () => {
    expect(alertDrills().map(({ break: name }) => name)).toEqual(Object.keys(breaks));
  });

  it('wait for alerts that there are, as long as their rules say', () => {
    const rules = shippedRules(false);
    for (const { page } of alertDrills())
      if (page !== undefined) expect(waitOf(rules, page)).toBeGreaterThanOrEqual(0);
    expect(waitOf(rules, 'LuminaNoMaster')).toBe(30_000);
    expect(waitOf(rules, 'LuminaAuthFailures')).toBe(0);
    expect(() => waitOf(rules, 'LuminaNobody')).toThrow('no rule is named LuminaNobody');
  });

  it('shorten times and nothing else', () => {
    const text = shippedRules(false)['runs.yaml'] ?? '';
    expect(expressionsOf(shortened(text)).map(withoutWindows)).toEqual(
      expressionsOf(text).map(withoutWindows),
    );
    expect(shortened(text)).not.toBe(text);
    expect(waitOf({ x: shortened(text) }, 'LuminaErrorRateHigh')).toBe(5_000);
  });

  it('keep routes and inhibition, and put a webhook at every end', () => {
    const config = parse(shippedRoutes('http://127.0.0.1:9/')) as {
      readonly inhibit_rules: readonly unknown[];
      readonly receivers: readonly object[];
    };
    expect(config.inhibit_rules.length).toBeGreaterThan(5);
    for (const receiver of config.receivers)
      expect(Object.keys(receiver)).toEqual(['name', 'webhook_configs']);
  });
});

describe('the pager of a drill', () => {
  it('writes down each alert of a notification, and keeps the watchdog apart', async () => {
    const pager = new Pager();
    const [port = 0] = await freePorts(1);
    await pager.start(port);
    try {
      const alert = (alertname: string) => ({
        status: 'firing',
        labels: { alertname, severity: 'critical' },
      });
      const body = JSON.stringify({ alerts: [alert('LuminaWatchdog'), alert('LuminaNoMaster')] });
      expect(pager.hearsWatchdog).toBe(false);
      await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
      expect(pager.hearsWatchdog).toBe(true);
      expect(pager.since(0)).toMatchObject([
        { alert: 'LuminaNoMaster', status: 'firing', severity: 'critical' },
      ]);
      expect(pager.since(Date.now() + 1_000)).toEqual([]);
    } finally {
      await pager.stop();
    }
  });
});
