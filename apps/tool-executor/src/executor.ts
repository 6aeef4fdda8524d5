import { createHash } from 'node:crypto';
import { luminaFileSchema } from '@lumina/agent';
import { type HttpMeasure, type Service, configPath, crashPoint, readYamlFile } from '@lumina/platform';
import { DoorbellWorker, Ringer, drainWithin } from '@lumina/queue';
import { Cancellations, StoreAccess, ToolCatalogue } from '@lumina/store';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import { callLog } from './calls/call-log';
import { CallRunner } from './calls/call-runner';
import { Workspaces } from './calls/workspaces';
import { measureSecurityEvent, measureWeb } from './metrics';
import type { ExecutorSettings } from './settings';
import { type Tool, offerOf } from './tool';
import { enabledTools } from './enabled-tools';
import { toolsOfModules } from './tool-modules';
import { tools as ownTools, webTools } from './tools';
import { type WebAccess, openWeb } from './web/web-access';
import type { Refusal } from './workspace';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

const publishEveryMs = 10_000;

/** What a call over HTTP came to that security wants to know of. */
const securityEvents: Readonly<Partial<Record<HttpMeasure['outcome'], string>>> = {
  refused_address: 'internal_address',
  tls: 'tls_failure',
};

/** The executor without its HTTP shell: publishes its tools and answers the doorbells of `tools`. */
export class Executor implements Service {
  private readonly access: StoreAccess;
  private readonly letGo = new AbortController();
  private readonly ringer: Ringer;
  private readonly catalogue: ToolCatalogue;
  private readonly tools: ReadonlyMap<string, Tool>;
  private readonly web: WebAccess;
  private readonly cancellations: Cancellations;
  private readonly worker: DoorbellWorker;
  private publishing: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: ExecutorSettings,
    private readonly log: Log,
  ) {
    this.access = new StoreAccess(settings, this.report('redis'));
    this.catalogue = new ToolCatalogue(this.access.read);
    const file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.web = openWeb(settings, (measure) => this.webCalled(measure));
    this.tools = enabledTools(file.tools, [
      ...ownTools,
      ...webTools(this.web),
      ...toolsOfModules(settings.LUMINA_TOOL_MODULES ?? []),
    ]);
    this.cancellations = new Cancellations(this.access.blocking());
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'));
    this.worker = this.openWorker();
  }

  async start(): Promise<void> {
    await this.publish();
    this.publishing = setInterval(() => void this.publish().catch(this.report('publish')), publishEveryMs);
    await this.cancellations.start();
    await this.worker.ready();
    this.worker.start();
    if (this.web.search === undefined)
      this.log.warn({ event: 'web_search is not configured', todo: 'set LUMINA_SEARCH_PROVIDER' });
    this.log.info({ event: 'started', tools: [...this.tools.keys()] });
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    const isRunning = this.worker.isRunning();
    return { redis: this.access.fault(), worker: isRunning ? undefined : 'takes no doorbells' };
  }

  async drain(): Promise<void> {
    clearInterval(this.publishing);
    await drainWithin(this.worker, this.settings.LUMINA_DRAIN_TIMEOUT, this.letGo);
  }

  async stop(): Promise<void> {
    this.cancellations.stop();
    await this.ringer.close();
    await this.web.close();
    this.access.close();
  }

  private openWorker(): DoorbellWorker {
    const name = `executor-${uuidV4().slice(0, 8)}@${process.pid}`;
    let claims = 0;
    const runner = new CallRunner({
      store: this.access.store,
      ringer: this.ringer,
      tools: this.tools,
      workspaces: new Workspaces(this.settings.LUMINA_WORKSPACE_ROOT, (refusal) => this.audit(refusal)),
      log: callLog(this.log, (tool) => this.tools.has(tool), Date.now),
      leaseTimes: this.access.leaseTimes,
      cancellations: this.cancellations,
      reached: crashPoint(this.settings.LUMINA_CRASH_AT),
      digest: (content) => createHash('sha256').update(content).digest('hex'),
      nextOwner: () => `${name}#${++claims}`,
      nowMs: Date.now,
      letGo: this.letGo.signal,
    });
    return new DoorbellWorker({
      queue: 'tools',
      connection: this.access.queueConnection(),
      concurrency: this.settings.LUMINA_CALL_CONCURRENCY,
      answer: (doorbell) => runner.answer(doorbell),
      onError: this.report('call'),
      waiting: () => this.ringer.waiting('tools'),
    });
  }

  private publish(): Promise<void> {
    return this.catalogue.publish([...this.tools.values()].map(offerOf));
  }

  /** Each attempt to leave a workspace is counted and put on record. */
  private audit({ type, tool, reason }: Refusal): void {
    measureSecurityEvent(type);
    this.log.warn({ event: 'security', type, tool, reason });
  }

  private webCalled(measure: HttpMeasure): void {
    measureWeb(measure);
    const type = securityEvents[measure.outcome];
    if (type === undefined) return;
    measureSecurityEvent(type);
    this.log.warn({ event: 'security', type, host: measure.host });
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}
