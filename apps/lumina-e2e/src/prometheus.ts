import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@lumina/testing';
import { stringify } from 'yaml';

/** A Prometheus of its own on the loopback interface, which keeps exemplars. Comes with Debian's package prometheus. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /** @param targets host:port by job */
  static async start(targets: Readonly<Record<string, readonly string[]>>): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-prometheus-'));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: Object.entries(targets).map(([job_name, of]) => ({
        job_name,
        static_configs: [{ targets: of }],
      })),
    };
    await writeFile(join(folder, 'prometheus.yaml'), stringify(config));
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        ...['--config.file=prometheus.yaml', '--storage.tsdb.path=data', '--log.level=error'],
        ...[`--web.listen-address=127.0.0.1:${port}`, '--enable-feature=exemplar-storage'],
      ],
      { cwd: folder, stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    await eventually('Prometheus is ready', () => prometheus.isReady(), 20_000);
    return prometheus;
  }

  /** What its API answers to a question. */
  async ask(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    return ((await answer.json()) as { readonly data: unknown }).data;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}
