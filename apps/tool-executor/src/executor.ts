import { hash } from 'node:crypto';
import { type LuminaFile, luminaFileSchema, tenantPolicyOf } from '@lumina/agent';
import {
  type HttpMeasure,
  Scrubber,
  type Service,
  type Tracing,
  configPath,
  crashPoint,
  endpointOf,
  knownSecrets,
  readYamlFile,
} from '@lumina/platform';
import { DoorbellWorker, Ringer, drainWithin } from '@lumina/queue';
import {
  AgentLibrary,
  Cancellations,
  ControlWatch,
  McpPins,
  StoreAccess,
  SwitchBoard,
  ToolCatalogue,
  ToolSwitches,
  givenBack,
} from '@lumina/store';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import { callLog } from './calls/call-log';
import { CallRunner } from './calls/call-runner';
import { Workspaces } from './calls/workspaces';
import { RedisResultCache } from './cache/redis-result-cache';
import { type GuardedCall, guardedCalls } from './guarded-call';
import { RedisRateLimits } from './limits/redis-rate-limits';
import {
  egressEvent,
  expectCallsOf,
  measureEgress,
  measureSecurityEvent,
  measureSwitches,
  measureWeb,
} from './metrics';
import { McpTools } from './mcp/mcp-tools';
import { McpTransports } from './mcp/mcp-transports';
import { callGate } from './policy/call-gate';
import type { CallOrigin } from './policy/call-origin';
import type { ExecutorSettings } from './settings';
import { type Tool, offerOf } from './tool';
import { Egress, type EgressRecord } from './programs/egress';
import { SandboxedTools, sandboxedToolNames } from './programs/sandboxed-tools';
import { sandboxedToolsOptions } from './programs/program-settings';
import { enabledTools } from './enabled-tools';
import { toolsOfModules } from './tool-modules';
import { tools as ownTools, webTools } from './tools';
import { type WebAccess, openWeb } from './web/web-access';
import { Quota, type Refusal } from './workspace';

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
  private readonly file: LuminaFile;
  private readonly scrubber: Scrubber;
  private readonly tools: Map<string, Tool>;
  private readonly egress: Egress;
  private readonly sandboxed: SandboxedTools;
  private readonly web: WebAccess;
  private readonly mcp: McpTools;
  private readonly cancellations: Cancellations;
  private readonly controls: ControlWatch;
  private readonly switches: SwitchBoard;
  private readonly worker: DoorbellWorker;
  private publishing: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: ExecutorSettings,
    private readonly log: Log,
    private readonly tracing?: Tracing,
  ) {
    // First what can be wrong with the configuration: nothing is open then.
    this.file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.egress = this.openEgress();
    const transports = this.mcpTransports();
    this.access = new StoreAccess(settings, this.report('redis'));
    this.catalogue = new ToolCatalogue(this.access.read);
    const secrets = knownSecrets(process.env, this.file);
    this.scrubber = new Scrubber(() => [...secrets(), ...transports.secrets()]);
    this.web = openWeb(settings, (measure) => this.webCalled(measure));
    const ofModules = toolsOfModules(settings.LUMINA_TOOL_MODULES ?? []);
    const tools = [...ownTools, ...webTools(this.web), ...ofModules];
    this.tools = new Map(enabledTools(this.file.tools, tools, sandboxedToolNames));
    this.sandboxed = new SandboxedTools(
      sandboxedToolsOptions(settings, {
        egress: this.egress,
        isEgressGranted: isEgressGranted(this.file),
        onRefusal: (tool) => this.auditCommand(tool),
      }),
    );
    this.cancellations = new Cancellations(this.access.blocking());
    this.controls = new ControlWatch(this.access.read, { onError: this.report('controls') });
    this.mcp = this.openMcp(transports);
    const switches = new ToolSwitches(this.access.writer, this.access.read);
    this.switches = new SwitchBoard(switches, this.controls, measureSwitches);
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'), this.access.read);
    this.worker = this.openWorker();
  }

  async start(): Promise<void> {
    const sandbox = this.addSandboxedTools();
    await this.cancellations.start();
    await this.controls.start();
    await sandbox;
    await this.mcp.start();
    await this.publish();
    // Only now: whoever knocks must find all tools that this executor will ever have.
    await this.worker.ready();
    this.publishing = setInterval(() => void this.publish().catch(this.report('publish')), publishEveryMs);
    this.worker.start();
    if (this.web.search === undefined)
      this.log.warn({ event: 'web_search is not configured', todo: 'set LUMINA_SEARCH_PROVIDER' });
    this.log.info({ event: 'started', tools: [...this.tools.keys()] });
  }

  notes(): Readonly<Record<string, string>> {
    return { sandbox: this.sandboxed.note, ...this.mcp.notes() };
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
    this.controls.stop();
    this.cancellations.stop();
    await this.mcp.close();
    await this.sandboxed.close();
    await this.ringer.close();
    await this.web.close();
    this.access.close();
  }

  private openEgress(): Egress {
    const { LUMINA_HTTP_ALLOW, LUMINA_HTTP_REFUSE } = this.settings;
    return new Egress({
      trusted: (LUMINA_HTTP_ALLOW ?? []).map(endpointOf),
      refused: LUMINA_HTTP_REFUSE ?? [],
      onPassage: measureEgress,
      onRecord: (record) => this.auditEgress(record),
    });
  }

  /** @throws ConfigurationError for what a server needs and is not there */
  private mcpTransports(): McpTransports {
    const { LUMINA_WORKSPACE_ROOT: workspaceRoot, LUMINA_HTTP_ALLOW, LUMINA_HTTP_REFUSE } = this.settings;
    return new McpTransports(this.file.mcpServers, {
      env: process.env,
      workspaceRoot,
      sandbox: () => this.sandboxed.sandbox,
      note: () => this.sandboxed.note,
      egress: this.egress,
      trusted: (LUMINA_HTTP_ALLOW ?? []).map(endpointOf),
      refused: LUMINA_HTTP_REFUSE ?? [],
    });
  }

  private openMcp(transports: McpTransports): McpTools {
    return new McpTools({
      servers: this.file.mcpServers,
      pins: new McpPins(this.access.writer, this.access.read),
      watch: this.controls,
      open: (name, server) => transports.open(name, server),
      onChange: () => this.takeMcpTools(),
      log: this.log,
      nowMs: Date.now,
    });
  }

  /** Those of MCP servers come and change while all runs; other executors and orchestrators hear of it by the catalogue. */
  private takeMcpTools(): void {
    for (const tool of this.mcp.tools()) this.tools.set(tool.name, tool);
    if (this.publishing !== undefined) void this.publish().catch(this.report('publish'));
  }

  private openWorker(): DoorbellWorker {
    const name = `executor-${uuidV4().slice(0, 8)}@${process.pid}`;
    let claims = 0;
    const runner = new CallRunner({
      store: this.access.store,
      ringer: this.ringer,
      tools: this.tools,
      workspaces: this.openWorkspaces(),
      guarded: this.guards(),
      scrub: (text) => this.scrubber.scrub(text).text,
      log: callLog(this.log, (tool) => this.tools.has(tool), Date.now),
      leaseTimes: this.access.leaseTimes,
      cancellations: this.cancellations,
      reached: crashPoint(this.settings.LUMINA_CRASH_AT),
      digest: sha256,
      nextOwner: () => `${name}#${++claims}`,
      nowMs: Date.now,
      letGo: this.letGo.signal,
      traces: this.tracing && {
        tracing: this.tracing,
        showsContent: this.settings.LUMINA_TRACE_CONTENT,
      },
    });
    const { store, leaseTimes } = this.access;
    return new DoorbellWorker({
      queue: 'tools',
      name,
      hands: {
        leaseMs: () => leaseTimes.leaseMs,
        giveBack: async (handed) => this.ringer.queueUp(await givenBack(store, handed, leaseTimes.leaseMs)),
      },
      connection: this.access.queueConnection(),
      concurrency: this.settings.LUMINA_CALL_CONCURRENCY,
      answer: (doorbell, via, handed) => runner.answer(doorbell, via, handed),
      onError: this.report('call'),
      passOn: (items) => this.ringer.queueUp(items),
      knocks: { redis: this.access.read, subscriber: this.access.blocking() },
      waiting: () => this.ringer.waiting('tools'),
    });
  }

  private guards(): GuardedCall {
    const { store, read } = this.access;
    const agents = new AgentLibrary(store);
    return guardedCalls({
      switches: this.switches,
      gate: callGate({
        agent: (digest) => agents.get(digest),
        journal: (thread) => store.journal(thread),
        tenantPolicy: (tenant) => tenantPolicyOf(this.file, tenant),
        digest: sha256,
      }),
      limits: new RedisRateLimits(read),
      cache: new RedisResultCache(read),
      scrubber: this.scrubber,
      nextOwner: uuidV4,
      onRecord: (record) => this.log.info({ event: 'audit', ...record }),
      onRefusal: (tool, why, origin) => this.auditRefusal(tool, why, origin),
    });
  }

  private openWorkspaces(): Workspaces {
    const {
      LUMINA_WORKSPACE_ROOT: root,
      LUMINA_WORKSPACE_MAX_BYTES: maxBytes,
      LUMINA_WORKSPACE_MAX_FILES: maxEntries,
    } = this.settings;
    return new Workspaces(root, {
      quota: new Quota({ maxBytes, maxEntries }),
      onRefusal: (refusal) => this.audit(refusal),
      onWrite: (record) => this.log.info({ event: 'audit', ...record }),
    });
  }

  private async addSandboxedTools(): Promise<void> {
    const tools = await this.sandboxed.open();
    const known = [...this.tools.values(), ...tools, ...sandboxedToolNames.map((name) => ({ name }))];
    for (const [name, tool] of enabledTools(
      this.file.tools,
      tools,
      known.map(({ name }) => name),
    ))
      this.tools.set(name, tool);
    const line = { event: 'sandbox', sandbox: this.sandboxed.note };
    if (this.sandboxed.isOpen) this.log.info(line);
    else this.log.warn(line);
  }

  private publish(): Promise<void> {
    const offered = [...this.tools.values()].filter(({ name }) => this.mcp.isOffered(name));
    for (const { name } of offered) expectCallsOf(name);
    return this.catalogue.publish(offered.map(offerOf));
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

  private auditEgress(record: EgressRecord): void {
    const type = egressEvent(record.outcome);
    if (type === undefined) this.log.info({ event: 'audit', what: 'egress', ...record });
    else this.log.warn({ event: 'security', type, ...record });
  }

  /** A command that its program's policy refuses; its arguments are the model's words and stay out of the log. */
  private auditCommand(tool: string): void {
    measureSecurityEvent('dangerous_command');
    this.log.warn({ event: 'security', type: 'dangerous_command', tool });
  }

  /** A call that came this far although its policy refuses it. */
  private auditRefusal(tool: string, reason: string, { run, item, tenant, agent }: CallOrigin): void {
    measureSecurityEvent('policy_refusal');
    this.log.warn({ event: 'security', type: 'policy_refusal', tool, reason, run, item, tenant, agent });
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}

const isEgressGranted = ({ agents, mcpServers }: LuminaFile): boolean =>
  Object.values(agents).some(({ egress = [] }) => egress.length > 0) ||
  Object.values(mcpServers).some((server) => server.transport === 'stdio' && server.egress.length > 0);

const sha256 = (text: string): string => hash('sha256', text);
