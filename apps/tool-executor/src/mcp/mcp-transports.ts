import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { HttpMcpServer, McpServer, McpValue, StdioMcpServer } from '@lumina/agent';
import {
  ConfigurationError,
  type Endpoint,
  endpointOfUrl,
  guardedFetch,
  readSecretFile,
} from '@lumina/platform';
import { type Sandbox, type SandboxSpec, defaultLimits, programPath } from '@lumina/sandbox';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Egress } from '../programs/egress';
import type { OpenTransport } from './mcp-link';
import { gated, messageGate } from './message-gate';
import { StdioTransport } from './stdio-transport';

export interface McpTransportsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Below it each program keeps a folder of its own, beside the threads' workspaces. */
  readonly workspaceRoot: string;
  /** Undefined when none holds; `note` says why. */
  readonly sandbox: () => Pick<Sandbox, 'run' | 'hasProxy'> | undefined;
  readonly note: () => string;
  readonly egress: Egress;
  /** Endpoints that tests may reach; networks that nobody may. */
  readonly trusted: readonly Endpoint[];
  readonly refused: readonly string[];
}

const maxResponseBytes = 8 * 1024 ** 2;
const marginMs = 10_000;
const secondsOfADay = 86_400;
const stdioProcesses = 48;

type Value = () => string;

/** What is shorter would be found in half of all words. */
const minSecretCharacters = 8;

/** What was kept out of the configuration is secret, and what signs a request. Other names that say so are known to be. */
const isCredential = (key: string, value: McpValue): boolean =>
  typeof value !== 'string' || key.toLowerCase() === 'authorization';

/** Makes the transports of MCP servers: programs in the sandbox, and HTTP through the guard of addresses. */
export class McpTransports {
  private readonly values: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  private readonly credentials: readonly Value[];

  /** @throws ConfigurationError that names the server and the variable or file that is missing */
  constructor(
    servers: Readonly<Record<string, McpServer>>,
    private readonly options: McpTransportsOptions,
  ) {
    const enabled = Object.entries(servers).filter(([, { isEnabled }]) => isEnabled);
    const credentials: Value[] = [];
    this.values = new Map(
      enabled.map(([name, server]) => {
        const given = Object.entries(server.transport === 'stdio' ? server.env : server.headers);
        const read = given.map(([key, value]) => {
          const found = this.valueOf(value, `${name}: ${key}`);
          if (isCredential(key, value)) credentials.push(found);
          return [key, found] as const;
        });
        return [name, new Map(read)];
      }),
    );
    this.credentials = credentials;
  }

  open(name: string, server: McpServer): Promise<OpenTransport> | OpenTransport {
    const given = [...(this.values.get(name) ?? [])].map(([key, value]) => [key, value()]);
    const values = Object.fromEntries(given) as Record<string, string>;
    return server.transport === 'stdio' ? this.program(name, server, values) : this.http(server, values);
  }

  /** What it was given to show to servers: nobody else is to read it in what they answer. */
  secrets(): readonly string[] {
    const words = this.credentials.flatMap((read) => [read(), ...read().split(/\s+/)]);
    return words.filter(({ length }) => length >= minSecretCharacters);
  }

  private valueOf(value: McpValue, where: string): Value {
    if (typeof value === 'string') return () => value;
    if ('fromEnv' in value) {
      const found = this.options.env[value.fromEnv] ?? '';
      if (found !== '') return () => found;
      throw new ConfigurationError(
        `lumina.yaml: mcpServers.${where}: the variable ${value.fromEnv} is not set`,
      );
    }
    try {
      return readSecretFile(value.fromFile);
    } catch (error) {
      throw new ConfigurationError(
        `lumina.yaml: mcpServers.${where}: cannot read ${(error as Error).message}`,
      );
    }
  }

  private async program(
    name: string,
    server: StdioMcpServer,
    env: Readonly<Record<string, string>>,
  ): Promise<OpenTransport> {
    const sandbox = this.options.sandbox();
    if (sandbox === undefined)
      throw new Error(`it needs a sandbox, and there is none: ${this.options.note()}`);
    const folder = join(this.options.workspaceRoot, '.mcp', name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const command = commandOf(server);
    const way = await this.options.egress.open(server.egress, sandbox, `MCP server ${name}`);
    const transport = new StdioTransport(sandbox, {
      ...command,
      network: way.network,
      workspace: { path: await realpath(folder) },
      env,
      limits: {
        ...defaultLimits,
        wallMs: Number.POSITIVE_INFINITY,
        outputBytes: Number.POSITIVE_INFINITY,
        cpuSeconds: secondsOfADay,
        processes: stdioProcesses,
        memoryBytes: server.memoryBytes,
      },
    });
    return { transport, reason: () => transport.reason, close: () => void way.close() };
  }

  private http(
    { url, isInternal, callTimeoutMs, tools }: HttpMcpServer,
    headers: Readonly<Record<string, string>>,
  ): OpenTransport {
    const { trusted, refused } = this.options;
    const longestMs = Math.max(callTimeoutMs, ...Object.values(tools).map(({ timeoutMs = 0 }) => timeoutMs));
    const guarded = guardedFetch({
      trusted: isInternal ? [endpointOfUrl(url)] : trusted,
      refused,
      maxBytes: maxResponseBytes,
      timeoutMs: longestMs + marginMs,
    });
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch: guarded.fetch,
      requestInit: { headers: { ...headers } },
    });
    return { transport: gated(transport, messageGate(Date.now)), close: guarded.close };
  }
}

/** What is run and what it may read for it. @throws Error that says what is missing */
function commandOf({ command, files }: StdioMcpServer): Pick<SandboxSpec, 'argv' | 'runtimes'> {
  const [program, ...args] = command;
  if (program === 'node')
    return { argv: [process.execPath, ...args], runtimes: [process.execPath, ...files] };
  const path = isAbsolute(program) ? program : programPath(program);
  if (path === undefined) throw new Error(`the program ${program} is not installed`);
  return { argv: [path, ...args], runtimes: files };
}
