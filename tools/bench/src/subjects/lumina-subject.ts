import { randomUUID } from 'node:crypto';
import { type Address, roles } from '@lumina/testbed';
import type { Watched } from '../accounts/proc-stat';
import { JsonClient } from '../load/json-client';
import { type Durability, type LuminaPlan, type Service, apiKey, planServices } from './lumina-services';
import type { RedisStage } from './redis-stage';
import { type About, type Subject, type Task, tasks } from './subject';
import { deadAmong, watchedOf } from './watched';

const stopTimeoutMs = 20_000;

export interface MadeRun {
  readonly run: string;
  readonly thread: string;
}

/** Lumina as users run it: built services in processes of their own, with the default settings. */
export class LuminaSubject implements Subject {
  readonly tasks: ReadonlySet<Task> = new Set(tasks);
  readonly canStream = true;
  readonly about: About;
  private clients: readonly JsonClient[] = [];
  private made: MadeRun[] | undefined;
  private turn = 0;

  private constructor(
    private readonly plan: LuminaPlan,
    private readonly stage: RedisStage,
    private readonly services: readonly Service[],
  ) {
    const { durability, replicas } = plan;
    this.about = { isDurable: true, versions: {}, settings: { durability, replicas } };
  }

  static async plan(plan: LuminaPlan): Promise<LuminaSubject> {
    const { stage, services } = await planServices(plan);
    return new LuminaSubject(plan, stage, services);
  }

  get name(): string {
    return this.plan.name;
  }

  get title(): string {
    const { name, durability } = this.plan;
    const title = `Lumina, durability ${durability}`;
    return name === nameOf(durability) ? title : `${title} (${name})`;
  }

  get redis(): Address {
    return this.stage.master;
  }

  get metrics(): Subject['metrics'] {
    return this.services.map(({ role, url }) => ({ role, url: `${url}/metrics` }));
  }

  get watched(): readonly Watched[] {
    const of = (role: string) => this.services.filter((service) => service.role === role);
    const services = roles.flatMap((role) =>
      watchedOf(
        role,
        of(role).map(({ process }) => process),
      ),
    );
    return [...services, ...this.stage.watched];
  }

  get dead(): readonly string[] {
    return deadAmong([...this.services.map(({ process }) => process), ...this.stage.processes]);
  }

  async start(): Promise<void> {
    await this.stage.start();
    for (const { process } of this.services) process.start();
    await Promise.all(this.services.map(({ process }) => process.ready()));
    const gateways = this.services.filter(({ role }) => role === 'gateway');
    this.clients = gateways.map(({ url }) => new JsonClient(url, { 'x-api-key': apiKey }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.services.map(({ process }) => process.stop('SIGTERM', stopTimeoutMs)));
    await this.stage.stop();
  }

  /** Puts each run that is made from now on into the list; undefined: no longer. */
  collectRuns(made: MadeRun[] | undefined): void {
    this.made = made;
  }

  async ask(task: Task): Promise<void> {
    const told = (await this.client.post('/chat', `{"message":"${task}"}`)) as ChatAnswer;
    if (typeof told.answer !== 'string' || told.answer === '') throw new Error('an empty answer');
    this.made?.push({ run: told.run_id, thread: told.thread_id });
  }

  async stream(task: Task, onText: (text: string) => void): Promise<number> {
    const body = JSON.stringify({
      input: { messages: [{ role: 'user', content: task }] },
      stream_mode: 'messages-tuple',
      if_not_exists: 'create',
    });
    let isWhole = false;
    const path = `/threads/${randomUUID()}/runs/stream`;
    const bytes = await this.client.events(path, body, ({ event, data }) => {
      if (event === 'end') isWhole = true;
      else if (event === 'messages') onText(textOf(data));
      else if (event === 'error') throw new Error(`the stream ended with ${data}`);
    });
    if (!isWhole) throw new Error('the stream broke off');
    return bytes;
  }

  private get client(): JsonClient {
    this.turn += 1;
    const client = this.clients[this.turn % this.clients.length];
    if (client === undefined) throw new Error(`${this.title} has not started`);
    return client;
  }
}

/** Of the one that is measured at every work. */
export const nameOf = (durability: Durability): string => `lumina-${durability}`;

interface ChatAnswer {
  readonly answer: string;
  readonly run_id: string;
  readonly thread_id: string;
}

/** A frame of LangGraph's `messages-tuple`: the message, and where it comes from. */
function textOf(data: string): string {
  const [message] = JSON.parse(data) as readonly [{ readonly type: string; readonly content: string }];
  return message.type === 'ai' ? message.content : '';
}
