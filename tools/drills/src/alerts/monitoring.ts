import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptProcess, eventually, freePorts } from '@lumina/testbed';
import { stringify } from 'yaml';
import type { ScrapeTarget } from '../stack/drill-stack';
import { Pager } from './pager';
import { shippedRoutes } from './shipped-rules';

const scrapeEvery = '5s';

/** A Prometheus and an Alertmanager of their own on the loopback interface, with the shipped rules and routes, and who is paged by them. */
export class Monitoring {
  readonly pager = new Pager();

  private constructor(
    private readonly prometheus: KeptProcess,
    private readonly alertmanager: KeptProcess,
    private readonly ports: { readonly pager: number; readonly alertmanager: number },
  ) {}

  static async plan(
    root: string,
    targets: readonly ScrapeTarget[],
    rules: Readonly<Record<string, string>>,
  ): Promise<Monitoring> {
    const folder = join(root, 'monitoring');
    mkdirSync(join(folder, 'rules'), { recursive: true });
    const [prometheus = 0, alertmanager = 0, pager = 0] = await freePorts(3);
    for (const [name, text] of Object.entries(rules)) writeFileSync(join(folder, 'rules', name), text);
    writeFileSync(join(folder, 'prometheus.yaml'), prometheusConfig(targets, alertmanager));
    writeFileSync(join(folder, 'alertmanager.yaml'), shippedRoutes(`http://127.0.0.1:${pager}/`));
    const program = (name: string, port: number, args: readonly string[]): KeptProcess =>
      new KeptProcess({
        ...{ name, command: name, cwd: folder, hasChannel: false, restartAfterMs: undefined },
        args: [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
        env: { PATH: process.env['PATH'] ?? '' },
        logFile: join(folder, `${name}.log`),
        isReady: async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
      });
    return new Monitoring(
      program('prometheus', prometheus, ['--config.file=prometheus.yaml', '--storage.tsdb.path=data']),
      program('prometheus-alertmanager', alertmanager, [
        ...['--config.file=alertmanager.yaml', '--storage.path=alerts', '--cluster.listen-address='],
      ]),
      { pager, alertmanager },
    );
  }

  async start(): Promise<void> {
    await this.pager.start(this.ports.pager);
    this.alertmanager.start();
    await this.alertmanager.ready();
    this.prometheus.start();
    await this.prometheus.ready();
    await eventually('the watchdog is heard', async () => this.pager.hearsWatchdog, 60_000);
  }

  /** The alerts that Alertmanager holds now, silenced ones included, without the watchdog. */
  async firing(): Promise<readonly string[]> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.alertmanager}/api/v2/alerts`);
    const alerts = (await answer.json()) as readonly { readonly labels: { readonly alertname: string } }[];
    return alerts.map(({ labels }) => labels.alertname).filter((name) => name !== 'LuminaWatchdog');
  }

  async stop(): Promise<void> {
    await Promise.all([this.prometheus.stop('SIGTERM', 5_000), this.alertmanager.stop('SIGTERM', 5_000)]);
    await this.pager.stop();
  }
}

function prometheusConfig(targets: readonly ScrapeTarget[], alertmanager: number): string {
  const byJob = Map.groupBy(targets, ({ job }) => job);
  return stringify({
    global: { scrape_interval: scrapeEvery, evaluation_interval: scrapeEvery, scrape_timeout: '3s' },
    rule_files: ['rules/*.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
    scrape_configs: [...byJob].map(([job, of]) => ({
      job_name: job,
      static_configs: [{ targets: of.map(({ address }) => address) }],
    })),
  });
}
