import { type SentinelConnectionOptions, SentinelConnector } from 'ioredis';
import { type MasterWatch, masterWatch } from './master-watch';

type Stream = Awaited<ReturnType<SentinelConnector['connect']>>;

/** Finds the master as ioredis does, and puts each connection that it makes under the process's watch. */
export class WatchedConnector extends SentinelConnector {
  private readonly watch: MasterWatch;

  /** `options`: those of the connection, with `sentinels` and `name`. */
  constructor(options: unknown) {
    const given = options as SentinelConnectionOptions;
    super(given);
    const { sentinels = [], name = '', sentinelUsername, sentinelPassword } = given;
    this.watch = masterWatch({
      sentinels: sentinels.map(({ host = '127.0.0.1', port = 26_379 }) => ({ host, port })),
      name,
      sentinelUsername,
      sentinelPassword,
    });
  }

  override async connect(onError: Parameters<SentinelConnector['connect']>[0]): Promise<Stream> {
    const stream = await super.connect(onError);
    this.watch.guard(stream);
    return stream;
  }
}
