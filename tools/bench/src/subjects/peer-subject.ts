import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Address, KeptProcess, freePorts, redisCommand } from '@lumina/testbed';
import { JsonClient } from '../load/json-client';
import type { Watched } from '../accounts/proc-stat';
import { nameOfProcess } from '../probes/process-probe';
import { type Greeting, greetingIn } from './peer-greeting';
import type { Peer } from './peer-list';
import { type RedisStage, singleRedis } from './redis-stage';
import { deadAmong } from './watched';
import type { About, Subject, Task } from './subject';

interface PeerPlan {
  readonly peersFolder: string;
  readonly modelUrl: string;
  /** Where its data and its log go. */
  readonly folder: string;
}

const readyWithinMs = 120_000;

/** Another runtime at the same work, set up as its own documents advise. */
export class PeerSubject implements Subject {
  readonly tasks: ReadonlySet<Task>;
  readonly metrics = [];
  private greeting: Greeting | undefined;
  private client: JsonClient | undefined;
  private usesRedis = false;

  private constructor(
    private readonly peer: Peer,
    private readonly process: KeptProcess,
    private readonly stage: RedisStage,
  ) {
    this.tasks = new Set(peer.works);
  }

  static async plan(peer: Peer, { peersFolder, modelUrl, folder }: PeerPlan): Promise<PeerSubject> {
    const data = join(folder, 'data');
    mkdirSync(data, { recursive: true });
    const [port = 0] = await freePorts(1);
    const stage = await singleRedis(folder);
    const main = join(peersFolder, peer.main);
    const logFile = join(folder, `${peer.name}.log`);
    const process = new KeptProcess({
      name: peer.name,
      command: globalThis.process.execPath,
      args: [main],
      cwd: dirname(main),
      env: {
        PATH: globalThis.process.env['PATH'] ?? '',
        HOME: data,
        PORT: String(port),
        MODEL_BASE_URL: `${modelUrl}/v1`,
        REDIS_URL: stage.env['LUMINA_REDIS_URL'] ?? '',
        DATA_DIR: data,
      },
      logFile,
      hasChannel: false,
      isReady: async () => greetingIn(readFileSync(logFile, 'utf8')) !== undefined,
      restartAfterMs: undefined,
    });
    return new PeerSubject(peer, process, stage);
  }

  get name(): string {
    return this.peer.name;
  }

  get title(): string {
    return this.peer.title;
  }

  get canStream(): boolean {
    return this.peer.canStream;
  }

  get about(): About {
    const { versions = {}, settings = {} } = this.greeting ?? {};
    return { isDurable: this.peer.isDurable, versions, settings };
  }

  get redis(): Address | undefined {
    return this.usesRedis ? this.stage.master : undefined;
  }

  get watched(): readonly Watched[] {
    // Some peers name the Redis that they were given among their own.
    const redis = new Set(this.stage.watched.map(({ pid }) => pid));
    const own = (this.greeting?.pids ?? []).filter((pid) => !redis.has(pid));
    const watched = own.map((pid) => ({ role: nameOfProcess(pid), pid }));
    return [...watched, ...(this.usesRedis ? this.stage.watched : [])];
  }

  /** Its own children tell of themselves by what they no longer answer. */
  get dead(): readonly string[] {
    return deadAmong([this.process, ...this.stage.processes]);
  }

  async start(): Promise<void> {
    await this.stage.start();
    this.process.start();
    await this.process.ready(readyWithinMs);
    this.greeting = greetingIn(readFileSync(this.process.logFile, 'utf8'));
    this.client = new JsonClient(this.greeting?.url ?? '');
    // Who keeps nothing in Redis holds no connection to it; this question is the one that is left.
    const clients = String(await redisCommand(this.stage.master, 'CLIENT', 'LIST'));
    this.usesRedis = clients.trim().split('\n').length > 1;
  }

  async stop(): Promise<void> {
    await this.client?.close();
    await this.process.stop('SIGTERM', 10_000);
    await this.stage.stop();
  }

  async ask(task: Task): Promise<void> {
    const told = (await this.client?.post('/run', `{"work":"${task}"}`)) as { readonly answer?: unknown };
    if (typeof told.answer !== 'string' || told.answer === '') throw new Error('an empty answer');
  }

  async stream(task: Task, onText: (text: string) => void): Promise<number> {
    let isWhole = false;
    const bytes = await this.client?.events('/stream', `{"work":"${task}"}`, ({ data }) => {
      if (data === '[DONE]') isWhole = true;
      else onText(JSON.parse(data) as string);
    });
    if (!isWhole) throw new Error('the stream broke off');
    return bytes ?? 0;
  }
}
