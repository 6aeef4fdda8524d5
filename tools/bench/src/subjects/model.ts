import { type KeptProcess, freePorts, modelProcess } from '@lumina/testbed';
import { JsonClient } from '../load/json-client';
import type { Watched } from '../accounts/proc-stat';
import { scenarioFile } from './bench-files';
import { watchedOf } from './watched';

/** The one simulated model that all subjects ask. */
export class Model {
  private readonly client: JsonClient;

  private constructor(
    private readonly process: KeptProcess,
    readonly url: string,
  ) {
    this.client = new JsonClient(url);
  }

  static async start(logs: string): Promise<Model> {
    const [port = 0] = await freePorts(1);
    const place = { host: '127.0.0.1', prefix: [], port };
    const process = modelProcess({ ...place, scenario: scenarioFile, logs, restartAfterMs: undefined });
    process.start();
    await process.ready();
    return new Model(process, `http://${place.host}:${port}`);
  }

  get watched(): readonly Watched[] {
    return watchedOf('model-sim', [this.process]);
  }

  /** How often it has been asked since it started. */
  async calls(): Promise<number> {
    const { requests } = (await this.client.get('/sim/stats')) as { readonly requests: number };
    return requests;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.process.stop('SIGTERM', 2_000);
  }
}
