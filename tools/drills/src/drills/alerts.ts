import { eventually, freePorts, healthProcess, pause } from '@lumina/testbed';
import { breaks } from '../alerts/breaks';
import { Monitoring } from '../alerts/monitoring';
import type { Page } from '../alerts/pager';
import { type AlertDrill, alertDrills, shippedRules, waitOf } from '../alerts/shipped-rules';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { GatewayClient } from '../load/gateway-client';
import { OpenLoad } from '../load/open-load';
import { tasks } from '../stack/drill-files';
import { DrillStack } from '../stack/drill-stack';

/** From the end of `for` until the page must have come; a warning waits half a minute for others to go with it. */
const slackMs = 30_000;
const warningSlackMs = 60_000;
/** How long it stays broken after the page, to see whether another comes for the same cause. */
const aloneMs = { long: 45_000, short: 20_000 };
const quietMs = 60_000;
const resolvedMs = 900_000;
/** Runs a second: enough for a rate, and no load that would blur what is seen. */
const runsPerSecond = 2;
const usual = { task: tasks.usual, isLong: false };

/**
 * Breaks a stack under the eyes of a real Prometheus and a real Alertmanager, with the rules and routes that are shipped, and waits for
 * the page: the right one, alone, in time, and for its end.
 */
export const alertsDrill: CaseDrill = {
  kind: 'cases',
  async run(context) {
    const { folder, signal, progress, options } = context;
    const rules = shippedRules(options.isShort);
    const stack = await DrillStack.plan(folder, { replicas: 2, restartAfterMs: 1_000 });
    const [port = 0] = await freePorts(1);
    const health = healthProcess({ port, env: stack.environment, logs: folder.logs });
    const monitoring = await Monitoring.plan(
      folder.root,
      [...stack.targets, { job: 'lumina-health', address: `127.0.0.1:${port}` }],
      rules,
    );
    const load = new OpenLoad(new GatewayClient(stack.gatewayUrls, stack.apiKey), [usual], runsPerSecond);
    try {
      progress('starting a whole Lumina, Prometheus and Alertmanager');
      await stack.start();
      health.start();
      await health.ready();
      await monitoring.start();
      load.start();
      const results: CaseResult[] = [];
      for (const drill of alertDrills()) {
        if (signal.aborted) break;
        results.push(await new Course(context, { stack, monitoring, rules }).hold(drill));
      }
      return results;
    } finally {
      load.leave();
      await monitoring.stop();
      await health.stop('SIGTERM', 2_000);
      await (signal.aborted ? stack.kill() : stack.stop());
    }
  },
};

interface Stage {
  readonly stack: DrillStack;
  readonly monitoring: Monitoring;
  readonly rules: Readonly<Record<string, string>>;
}

class Course {
  constructor(
    private readonly context: DrillContext,
    private readonly stage: Stage,
  ) {}

  async hold(drill: AlertDrill): Promise<CaseResult> {
    const { stack, monitoring } = this.stage;
    const { folder, signal, progress } = this.context;
    const name = drill.break;
    const breaking = breaks[name];
    if (breaking === undefined) throw new Error(`ops/alert-drills.yaml: nobody knows how to break "${name}"`);
    await eventually('nothing fires', async () => (await monitoring.firing()).length === 0, resolvedMs);
    progress(`${name}: ${drill.page === undefined ? 'no page may come' : `${drill.page} must come`}`);
    const sinceMs = Date.now();
    const mend = await breaking({ stack, folder, signal });
    try {
      const seen = drill.page === undefined ? await this.silence() : await this.page(drill.page, sinceMs);
      await mend();
      const end = drill.page === undefined ? '' : await this.resolution(drill.page, sinceMs);
      const others = firingIn(monitoring.pager.since(sinceMs)).filter((alert) => alert !== drill.page);
      const fault = others.length === 0 ? undefined : `${[...new Set(others)].join(', ')} paged besides`;
      return { name, fault: fault ?? seen.fault, detail: `${seen.detail}${end}` };
    } catch (error) {
      await mend().catch(() => undefined);
      return { name, fault: (error as Error).message, detail: '' };
    }
  }

  private async silence(): Promise<Pick<CaseResult, 'fault' | 'detail'>> {
    await pause(quietMs, this.context.signal);
    return { fault: undefined, detail: `no page within ${quietMs / 1_000} s` };
  }

  private async page(alert: string, sinceMs: number): Promise<Pick<CaseResult, 'fault' | 'detail'>> {
    const { monitoring, rules } = this.stage;
    const waitMs = waitOf(rules, alert);
    // Waits for longer than it may take, to say how late it was.
    await eventually(
      `${alert} pages`,
      async () => this.first(alert, sinceMs) !== undefined,
      waitMs + 8 * slackMs,
    );
    const first = this.first(alert, sinceMs);
    const tookMs = (first?.atMs ?? 0) - sinceMs;
    this.context.progress(`${alert} after ${(tookMs / 1_000).toFixed(1)} s`);
    await pause(this.context.options.isShort ? aloneMs.short : aloneMs.long, this.context.signal);
    const barMs = waitMs + (first?.severity === 'critical' ? slackMs : warningSlackMs);
    const fault =
      tookMs <= barMs
        ? undefined
        : `it paged after ${Math.round(tookMs / 1_000)} s, not within ${barMs / 1_000}`;
    const silenced = [...new Set(await monitoring.firing())].filter((name) => name !== alert);
    const held = silenced.length === 0 ? '' : `, holding back ${silenced.join(', ')}`;
    return {
      fault,
      detail: `${alert} after ${(tookMs / 1_000).toFixed(1)} s (for ${waitMs / 1_000} s)${held}`,
    };
  }

  private first(alert: string, sinceMs: number): Page | undefined {
    return this.stage.monitoring.pager
      .since(sinceMs)
      .find((page) => page.alert === alert && page.status === 'firing');
  }

  private async resolution(alert: string, sinceMs: number): Promise<string> {
    const mendedMs = Date.now();
    const { pager } = this.stage.monitoring;
    const isOver = async (): Promise<boolean> =>
      pager.since(sinceMs).some((page) => page.alert === alert && page.status === 'resolved');
    await eventually(`${alert} is over`, isOver, resolvedMs);
    return `, over ${((Date.now() - mendedMs) / 1_000).toFixed(0)} s after it was mended`;
  }
}

const firingIn = (pages: readonly Page[]): readonly string[] =>
  pages.filter(({ status }) => status === 'firing').map(({ alert }) => alert);
