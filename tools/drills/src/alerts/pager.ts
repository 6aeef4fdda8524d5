import { type Server, createServer } from 'node:http';

/** One alert of one notification, as Alertmanager sent it. */
export interface Page {
  readonly atMs: number;
  readonly alert: string;
  readonly severity: string;
  readonly area: string;
  readonly status: 'firing' | 'resolved';
}

interface Notification {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

const watchdog = 'LuminaWatchdog';

/** Stands where the pager and the channels would: a webhook that writes down what it is told. */
export class Pager {
  private readonly heard: Page[] = [];
  private server: Server | undefined;

  async start(port: number): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.note(JSON.parse(Buffer.concat(chunks).toString()) as Notification);
        response.end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  /** Whether the way from Prometheus to here works. */
  get hearsWatchdog(): boolean {
    return this.heard.some(({ alert }) => alert === watchdog);
  }

  /** What was told since then, without the watchdog. */
  since(atMs: number): readonly Page[] {
    return this.heard.filter((page) => page.atMs >= atMs && page.alert !== watchdog);
  }

  private note({ alerts }: Notification): void {
    const atMs = Date.now();
    for (const { status, labels } of alerts)
      this.heard.push({
        ...{ atMs, status, alert: labels['alertname'] ?? '' },
        ...{ severity: labels['severity'] ?? '', area: labels['area'] ?? '' },
      });
  }
}
