import { eventually, freePorts, healthProcess, pause } from '@lumina/testbed';
import { breaks } from '../alerts/breaks';
import { Monitoring } from '../alerts/monitoring';
import type { Page } from '../alerts/pager';
import { WayIn } from '../alerts/way-in';
import { type AlertDrill, alertDrills, shippedRules, waitOf } from '../alerts/shipped-rules';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { GatewayClient } from '../load/gateway-client';
import { OpenLoad } from '../load/open-load';
import { tasks } from '../stack/drill-files';
import { DrillStack } from '../stack/drill-stack';

/** From the end of `for` until the page must have come; a warning that something else may silence waits half a minute for that. */
const slackMs = 30_000;
const patientSlackMs = 60_000;
const slackOf = ({ severity, area }: Pick<Page, 'severity' | 'area'>): number =>
  severity === 'critical' || ['tools', 'security'].includes(area) ? slackMs : patientSlackMs;
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
    const stack = await DrillStack.plan(folder, {
      ...{ replicas: 2, restartAfterMs: 1_000 },
      env: { LUMINA_API_KEYS: `drill-key:drill,${syntheticKey}:synthetic` },
    });
    const [port = 0, outside = 0] = await freePorts(2);
    const wayIn = new WayIn(outside, new URL(stack.gatewayUrls[0] ?? ''));
    const synthetic = syntheticRuns(wayIn.url);
    const health = healthProcess({ port, env: { ...stack.environment, ...synthetic }, logs: folder.logs });
    const monitoring = await Monitoring.plan(
      folder.root,
      [...stack.targets, { job: 'lumina-health', address: `127.0.0.1:${port}` }],
      rules,
    );
    const perSecond = options.quietMinutes === undefined ? runsPerSecond : options.rate;
    const load = new OpenLoad(new GatewayClient(stack.gatewayUrls, stack.apiKey), [usual], perSecond);
    try {
      progress('starting a whole Lumina, Prometheus and Alertmanager');
      await stack.start();
      await wayIn.open();
      health.start();
      await health.ready();
      await monitoring.start();
      load.start();
      const course = new Course(context, { stack, monitoring, rules, wayIn });
      if (options.quietMinutes !== undefined) return [await course.quiet(options.quietMinutes)];
      const results: CaseResult[] = [];
      for (const drill of alertDrills()) {
        if (signal.aborted) break;
        if (options.only === undefined || options.only === drill.break)
          results.push(await course.hold(drill));
      }
      return results;
    } finally {
      load.leave();
      await monitoring.stop();
      await health.stop('SIGTERM', 2_000);
      await wayIn.cut();
      await (signal.aborted ? stack.kill() : stack.stop());
    }
  },
};

const syntheticKey = 'synthetic-drill-key';
/** Oftener than anybody would, so that a drill need not wait for one. */
const syntheticRuns = (url: string): Readonly<Record<string, string>> => ({
  LUMINA_SYNTHETIC_KEY: syntheticKey,
  LUMINA_SYNTHETIC_URL: url,
  LUMINA_SYNTHETIC_INTERVAL: '5s',
  LUMINA_SYNTHETIC_TIMEOUT: '10s',
});

interface Stage {
  readonly wayIn: WayIn;
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
    const isQuiet = async (): Promise<boolean> => (await monitoring.firing()).every(isOfBudget);
    await eventually('nothing fires', isQuiet, resolvedMs);
    progress(`${name}: ${drill.page === undefined ? 'no page may come' : `${drill.page} must come`}`);
    const sinceMs = Date.now();
    const mend = await breaking({ stack, folder, signal, wayIn: this.stage.wayIn });
    try {
      const seen = drill.page === undefined ? await this.silence() : await this.page(drill.page, sinceMs);
      await mend();
      const end = drill.page === undefined ? '' : await this.resolution(drill.page, sinceMs);
      const others = firingIn(monitoring.pager.since(sinceMs)).filter(
        (alert) => alert !== drill.page && !isOfBudget(alert),
      );
      const fault = others.length === 0 ? undefined : `${[...new Set(others)].join(', ')} paged besides`;
      return { name, fault: fault ?? seen.fault, detail: `${seen.detail}${end}` };
    } catch (error) {
      await mend().catch(() => undefined);
      return { name, fault: (error as Error).message, detail: '' };
    }
  }

  /** Nothing is broken, clients keep coming, and no alert may fire: not one that is held back either. */
  async quiet(minutes: number): Promise<CaseResult> {
    const { context, stage } = this;
    const sinceMs = Date.now();
    const fired = new Set<string>();
    context.progress(`nothing may fire for ${minutes} minutes, at ${context.options.rate} runs/s`);
    while (Date.now() - sinceMs < minutes * 60_000 && !context.signal.aborted) {
      await pause(2_000, context.signal);
      for (const alert of await stage.monitoring.firing()) fired.add(alert);
    }
    for (const alert of firingIn(stage.monitoring.pager.since(sinceMs))) fired.add(alert);
    return {
      name: 'healthy-under-load',
      fault: fired.size === 0 ? undefined : `${[...fired].join(', ')} fired`,
      detail: `${fired.size} alerts within ${minutes} minutes at ${context.options.rate} runs/s`,
    };
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
    const barMs = waitMs + (first === undefined ? 0 : slackOf(first));
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

/**
 * Says what is left of a budget of days, and pages nobody. All the days of a stack that is minutes old are these minutes: whatever breaks
 * it has spent such a budget, for hours.
 */
const isOfBudget = (alert: string): boolean => /Burn(Slow)?$/.test(alert);

const firingIn = (pages: readonly Page[]): readonly string[] =>
  pages.filter(({ status }) => status === 'firing').map(({ alert }) => alert);
