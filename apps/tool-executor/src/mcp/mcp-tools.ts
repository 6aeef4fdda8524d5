import type { McpServer } from '@lumina/agent';
import type { ControlWatch, McpPins, PinnedTool } from '@lumina/store';
import type { Logger } from 'pino';
import { measureMcpServer, measureSecurityEvent } from '../metrics';
import type { Tool } from '../tool';
import { type LinkState, type LinkTimes, McpLink, type OpenTransport } from './mcp-link';
import { mcpTool, settingsAllow } from './mcp-tool';
import type { SchemaFault } from './schema/json-schema';
import { type Listing, parseDefinition } from './tool-definition';

export interface McpToolsOptions {
  readonly servers: Readonly<Record<string, McpServer>>;
  readonly pins: Pick<McpPins, 'read' | 'see'>;
  readonly watch: Pick<ControlWatch, 'on'>;
  readonly open: (name: string, server: McpServer) => Promise<OpenTransport> | OpenTransport;
  /** Told when there are other tools than before, or other ones can be used. */
  readonly onChange: () => void;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly nowMs: () => number;
  readonly times?: Partial<LinkTimes>;
  /** How long a start waits for servers that have not been tried yet. */
  readonly startPatienceMs?: number;
}

const defaultStartPatienceMs = 5_000;

interface Known {
  readonly name: string;
  readonly server: McpServer;
  readonly link: McpLink;
  pinned: ReadonlyMap<string, PinnedTool>;
  tools: ReadonlyMap<string, Tool>;
}

/**
 * The tools of all MCP servers that are configured. What is offered is what was approved, and it is offered while its server is away, too:
 * a call then gets a clear answer, and a process that starts meanwhile knows the same tools as the others.
 */
export class McpTools {
  private readonly known: readonly Known[];

  constructor(private readonly options: McpToolsOptions) {
    const { servers, open, times } = options;
    const enabled = Object.entries(servers).filter(([, { isEnabled }]) => isEnabled);
    this.known = enabled.map(([name, server]) => {
      const link = new McpLink({
        name,
        server,
        open: () => open(name, server),
        onListing: (listing) => this.listed(name, listing),
        onState: (state) => this.changed(name, state),
        ...(times && { times }),
      });
      return { name, server, link, pinned: new Map(), tools: new Map() };
    });
    if (this.known.length > 0) options.watch.on('pins', () => this.readPins());
  }

  /** Resolves when each server has been tried once, or has had time enough: what it offers joins later then. */
  async start(): Promise<void> {
    for (const { link } of this.known) link.start();
    if (this.known.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(
      (resolve) => (timer = setTimeout(resolve, this.options.startPatienceMs ?? defaultStartPatienceMs)),
    );
    await Promise.race([patience, Promise.all(this.known.map(({ link }) => link.tried))]);
    clearTimeout(timer);
  }

  /** All that was approved, by name. */
  tools(): readonly Tool[] {
    return this.known.flatMap(({ tools }) => [...tools.values()]);
  }

  /** Whether a tool is to be shown to models: not one that its server, which is there, has dropped. */
  isOffered(tool: string): boolean {
    return this.known.every(({ tools, link }) => !tools.has(tool) || (link.listing?.tools.has(tool) ?? true));
  }

  /** How each server is, for operators. */
  notes(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.known.map((known) => [`mcp ${known.name}`, noteOf(known)]));
  }

  async close(): Promise<void> {
    await Promise.all(this.known.map(({ link }) => link.close()));
  }

  private async listed(name: string, listing: Listing): Promise<void> {
    const known = this.get(name);
    const { pins, log, nowMs } = this.options;
    const seen = [...listing.tools.values()].filter(({ original }) => settingsAllow(known.server, original));
    const before = known.pinned;
    const isNew = await pins.see(name, seen, { approval: known.server.approval, at: nowMs() });
    await this.readPinsOf(known);
    const waiting = [...known.pinned]
      .filter(([, { pending }]) => pending !== undefined)
      .map(([tool]) => tool);
    const anew = waiting.filter(
      (tool) => known.pinned.get(tool)?.pending?.digest !== before.get(tool)?.pending?.digest,
    );
    if (!isNew || anew.length === 0) return;
    // One of the replicas, the one whose step made the change, tells of it.
    measureSecurityEvent('mcp_tool_changed');
    const todo = 'lumina tools show NAME, then lumina tools approve NAME';
    log.warn({ event: 'security', type: 'mcp_tool_changed', server: name, tools: anew, todo });
  }

  private changed(name: string, state: LinkState): void {
    const { log, onChange } = this.options;
    if (state.kind !== 'connecting') measureMcpServer(name, state.kind === 'connected');
    const line = { event: 'mcp server', server: name, ...state };
    if (state.kind === 'away') log.warn(line);
    else log.info(line);
    onChange();
  }

  private async readPins(): Promise<void> {
    await Promise.all(this.known.map((known) => this.readPinsOf(known)));
    this.options.onChange();
  }

  private async readPinsOf(known: Known): Promise<void> {
    known.pinned = await this.options.pins.read(known.name);
    known.tools = new Map(
      [...known.pinned].flatMap(([tool, { approved: pin }]) => {
        if (pin === undefined) return [];
        const made = this.made(known, tool, pin);
        return made === undefined ? [] : [[tool, made] as const];
      }),
    );
  }

  private made(known: Known, name: string, pin: NonNullable<PinnedTool['approved']>): Tool | undefined {
    const { server, link } = known;
    try {
      if (!settingsAllow(server, parseDefinition(pin.definition).name)) return undefined;
      return mcpTool({ name, serverName: known.name, server, pin, link });
    } catch (error) {
      const reason = (error as SchemaFault).message;
      this.options.log.error({ event: 'mcp tool', server: known.name, tool: name, reason });
      return undefined;
    }
  }

  private get(name: string): Known {
    const known = this.known.find((each) => each.name === name);
    if (known === undefined) throw new Error(`there is no MCP server ${name}`);
    return known;
  }
}

function noteOf({ link, pinned }: Known): string {
  const { state } = link;
  if (state.kind === 'connecting') return 'is being reached for the first time';
  if (state.kind === 'away') return `away: ${state.reason} (tried ${state.attempts} times)`;
  const waiting = [...pinned.values()].filter(({ pending }) => pending !== undefined).length;
  const faults = state.faults.length === 0 ? '' : `; not offered: ${state.faults.join('; ').slice(0, 500)}`;
  return `connected, ${state.tools} tools, ${waiting} wait for approval${faults}`;
}
