import {
  LuminaError,
  type SwitchRecord,
  type ToolOffer,
  type ToolSwitch,
  mcpPrefix,
  mcpServerOf,
  switchThatHolds,
} from '@lumina/contracts';
import type { McpPins, PinnedTool, ToolCatalogue, ToolSwitches } from '@lumina/store';

export interface ToolControlDependencies {
  readonly catalogue: Pick<ToolCatalogue, 'offers' | 'names'>;
  readonly switches: ToolSwitches;
  readonly pins: Pick<McpPins, 'read' | 'approve'>;
  /** The MCP servers that are configured. */
  readonly servers: readonly string[];
  readonly audit: (record: Readonly<Record<string, unknown>>) => void;
  readonly nowMs: () => number;
}

export interface ListedTool {
  readonly name: string;
  /** Undefined when no executor offers it now. */
  readonly offer: ToolOffer | undefined;
  /** The MCP server that it comes from. */
  readonly server: string | undefined;
  readonly pin: PinnedTool | undefined;
  /** What turns it off for everybody, or for the tenant that was asked about. */
  readonly off: ToolSwitch | undefined;
}

export interface ToolList {
  readonly tools: readonly ListedTool[];
  readonly switches: readonly ToolSwitch[];
  readonly records: readonly SwitchRecord[];
}

export interface Turn {
  readonly name: string;
  readonly tenant: string | undefined;
  readonly by: string;
  readonly reason?: string | undefined;
}

const recordsShown = 50;

/** What operators see of tools and change about them while everything runs. */
export class ToolControl {
  constructor(private readonly dependencies: ToolControlDependencies) {}

  async list(tenant: string | undefined): Promise<ToolList> {
    const { catalogue, switches: source, servers, pins } = this.dependencies;
    const [offers, switches, records, pinned] = await Promise.all([
      catalogue.offers(),
      source.list(),
      source.records(recordsShown),
      Promise.all(servers.map((server) => pins.read(server))),
    ]);
    const pinOf = new Map(pinned.flatMap((tools) => [...tools]));
    const names = [...new Set([...offers.keys(), ...pinOf.keys()])].sort();
    const tools = names.map((name) => ({
      name,
      offer: offers.get(name),
      server: mcpServerOf(name),
      pin: pinOf.get(name),
      off: switchThatHolds(switches, name, tenant ?? ''),
    }));
    return { tools, switches, records };
  }

  /**
   * Says whether anything changed. A name that was never offered is refused: a slip must not leave a tool on.
   *
   * @throws LuminaError LUM_TOOL_NOT_FOUND, LUM_STORE_UNAVAILABLE, LUM_NOT_DURABLE
   */
  async turn(to: 'off' | 'on', { name, tenant, by, reason }: Turn): Promise<boolean> {
    if (to === 'off') await this.mustExist(name);
    const toolSwitch: ToolSwitch = {
      name,
      by,
      at: this.dependencies.nowMs(),
      ...(tenant === undefined ? {} : { tenant }),
      ...(reason === undefined ? {} : { reason }),
    };
    const isChanged = await this.dependencies.switches.turn(to, toolSwitch);
    this.dependencies.audit({ action: `tool ${to}`, tool: name, tenant, by, isChanged });
    return isChanged;
  }

  /**
   * Approves what an MCP server offers under this name now, if it still has the digest that the operator saw.
   *
   * @throws LuminaError LUM_TOOL_NOT_FOUND, LUM_CONFLICT
   */
  async approve(tool: string, digest: string, by: string): Promise<void> {
    const { pins, audit, nowMs } = this.dependencies;
    const server = mcpServerOf(tool);
    const outcome =
      server === undefined ? 'nothing' : await pins.approve({ server, tool, digest, by, at: nowMs() });
    audit({ action: 'tool approved', tool, digest, by, outcome });
    if (outcome === 'nothing')
      throw new LuminaError('LUM_TOOL_NOT_FOUND', `Nothing of a tool "${tool}" waits for approval.`);
    if (outcome === 'other')
      throw new LuminaError('LUM_CONFLICT', `${tool} has changed again since you looked; look at it anew.`);
  }

  private async mustExist(name: string): Promise<void> {
    const { catalogue, servers } = this.dependencies;
    const wholeServers = servers.map((server) => mcpPrefix(server).slice(0, -2));
    const names = new Set([...(await catalogue.names()), ...wholeServers]);
    if (names.has(name) || (await this.isPinned(name))) return;
    const known = [...names].sort().join(', ');
    throw new LuminaError('LUM_TOOL_NOT_FOUND', `There is no tool "${name}". There are: ${known}.`);
  }

  private async isPinned(name: string): Promise<boolean> {
    const server = mcpServerOf(name);
    return server !== undefined && (await this.dependencies.pins.read(server)).has(name);
  }
}
