import type { McpServer } from '@lumina/agent';
import {
  Client,
  type JsonSchemaValidator,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type Transport,
  type jsonSchemaValidator,
} from '@modelcontextprotocol/client';
import { type ToolFailure, type ToolResult, failure } from '../tool';
import { visible } from '../output/untrusted';
import { cutText } from '../workspace/printable';
import { resultOf } from './call-result';
import { type Listing, readListing } from './tool-definition';

/** One connection's transport, and how it ended as far as it knows. */
export interface OpenTransport {
  readonly transport: Transport;
  readonly reason?: () => string | undefined;
  close?(): void;
}

export interface McpLinkOptions {
  readonly name: string;
  readonly server: McpServer;
  /** A new transport for each connection. */
  readonly open: () => Promise<OpenTransport> | OpenTransport;
  /** Told what the server lists, each time that it was asked; while it is told, nothing else is listed. */
  readonly onListing: (listing: Listing) => Promise<void>;
  /** Told when the connection is there or gone. */
  readonly onState: (state: LinkState) => void;
  readonly times?: Partial<LinkTimes>;
}

export interface LinkTimes {
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** How often a server is asked what it offers, though it says nothing of a change. */
  readonly refreshMs: number;
  /** A server that says all the time that something changed is asked no more often than this. */
  readonly minRefreshMs: number;
}

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly tools: number; readonly faults: readonly string[] }
  | { readonly kind: 'away'; readonly reason: string; readonly attempts: number };

const defaultTimes: LinkTimes = {
  firstRetryMs: 500,
  lastRetryMs: 60_000,
  refreshMs: 60_000,
  minRefreshMs: 2_000,
};
const maxPages = 20;
const maxListed = 200;
const maxReasonCharacters = 300;

const acceptsAll: jsonSchemaValidator = {
  getValidator<Value>(): JsonSchemaValidator<Value> {
    return (input) => ({ valid: true, data: input as Value, errorMessage: undefined });
  },
};

interface Connection {
  readonly client: Client;
  readonly listing: Listing;
}

/**
 * The line to one MCP server, kept up as long as the process runs. Invariants:
 *
 * Z1 A call is sent to the server once. Where it then falls silent, the outcome is unknown; a call that was not sent was not run.
 * Z2 Whatever the server does, every call ends by its time-out, and the line is made again after a growing pause.
 * Z3 What the server asks of us (models, files, people) it does not get: no such capability is offered.
 */
export class McpLink {
  private connection: Connection | undefined;
  private current: LinkState = { kind: 'connecting' };
  private attempts = 0;
  private running: Promise<void> | undefined;
  private readonly closed = new AbortController();
  private readonly times: LinkTimes;
  private triedOnce: () => void = () => undefined;
  /** Resolves when the server has been reached, or has not been, for the first time. */
  readonly tried: Promise<void>;

  constructor(private readonly options: McpLinkOptions) {
    this.times = { ...defaultTimes, ...options.times };
    this.tried = new Promise((resolve) => (this.triedOnce = resolve));
  }

  get state(): LinkState {
    return this.current;
  }

  /** What the server lists now; undefined while it is away. */
  get listing(): Listing | undefined {
    return this.connection?.listing;
  }

  start(): void {
    this.running ??= this.keepUp();
  }

  async close(): Promise<void> {
    this.closed.abort();
    await this.connection?.client.close();
    await this.running;
  }

  /** Runs a tool. Never rejects; see Z1. `tool`: as the server calls it. */
  async call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<ToolResult> {
    const { connection } = this;
    if (connection === undefined) return this.away();
    try {
      const answer = await connection.client.callTool(
        { name: tool, arguments: { ...args } },
        { signal, timeout: timeoutMs, maxTotalTimeout: timeoutMs },
      );
      return resultOf(answer);
    } catch (error) {
      return this.failed(error, { tool, signal, timeoutMs });
    }
  }

  /** What a call is told while the server cannot be reached. */
  away(): ToolFailure {
    const { name } = this.options;
    return failure(
      'unavailable',
      `the MCP server ${name} cannot be reached at the moment, so this was not run; try again later, or go on without it`,
    );
  }

  private failed(
    error: unknown,
    {
      tool,
      signal,
      timeoutMs,
    }: { readonly tool: string; readonly signal: AbortSignal; readonly timeoutMs: number },
  ): ToolFailure {
    const { name } = this.options;
    if (signal.aborted) return failure('cancelled', `${tool} was cancelled`);
    if (error instanceof ProtocolError)
      return failure('remote_failure', `the MCP server ${name} answered with an error:\n${error.message}`);
    const code = error instanceof SdkError ? error.code : undefined;
    if (code === SdkErrorCode.InvalidResult || code === SdkErrorCode.UnsupportedResultType)
      return failure('remote_failure', `the MCP server ${name} answered with something that cannot be read`);
    if (code === SdkErrorCode.NotConnected) return this.away();
    const isLate = code === SdkErrorCode.RequestTimeout;
    // Any other fault is one of the line: it is made anew, for a session may have ended with the server's process.
    if (!isLate) void this.connection?.client.close();
    if (wasNeverSent(error)) return this.away();
    const what = isLate ? `did not answer within ${timeoutMs / 1_000} s` : 'was lost while it ran this';
    const message = `the MCP server ${name} ${what}; it may or may not have had its effect. Look before you call it again`;
    return { ...failure(isLate ? 'timeout' : 'unavailable', message), isOutcomeUnknown: true };
  }

  private async keepUp(): Promise<void> {
    while (!this.closed.signal.aborted) {
      const reason = await this.live().catch((error: unknown) => reasonOf(error));
      this.connection = undefined;
      this.attempts += 1;
      this.change({ kind: 'away', reason, attempts: this.attempts });
      this.triedOnce();
      await pause(this.retryMs(), this.closed.signal);
    }
  }

  /** One connection from its beginning to its end. Returns why it ended. @throws why it did not begin */
  private async live(): Promise<string> {
    const { server, open } = this.options;
    const opened = await open();
    const client = this.newClient();
    const ended = new Promise<void>((resolve) => (client.onclose = resolve));
    let fault: string | undefined;
    client.onerror = (error) => (fault = reasonOf(error));
    const timeout = { timeout: server.connectTimeoutMs, maxTotalTimeout: server.connectTimeoutMs };
    try {
      await client.connect(opened.transport, { ...timeout, signal: this.closed.signal });
      await this.keepListing(client, ended);
      return opened.reason?.() ?? fault ?? 'it closed the connection';
    } catch (error) {
      throw new Error(opened.reason?.() ?? reasonOf(error), { cause: error });
    } finally {
      await client.close().catch(() => undefined);
      await opened.transport.close().catch(() => undefined);
      opened.close?.();
    }
  }

  private newClient(): Client {
    const { server } = this.options;
    return new Client(
      { name: 'lumina', version: '0.1.0' },
      {
        capabilities: {},
        // Z3; and what a tool's output must look like is the server's word, which is not compiled here.
        inputRequired: { autoFulfill: false },
        jsonSchemaValidator: acceptsAll,
        // A program that predates the newer handshake may end when it is asked for it.
        versionNegotiation: { mode: server.transport === 'http' ? 'auto' : 'legacy' },
      },
    );
  }

  /** Lists at once, when the server says that something changed, and every now and then; until the connection ends. */
  private async keepListing(client: Client, ended: Promise<void>): Promise<void> {
    const isOver = { now: false };
    const over = ended.then(() => (isOver.now = true));
    let wake: () => void = () => undefined;
    client.setNotificationHandler('notifications/tools/list_changed', () => wake());
    // The newer protocol tells only who asks for it, the older one tells all; this refuses by itself where there is nothing to ask.
    client.listen({ toolsListChanged: true }).catch(() => undefined);
    while (!isOver.now) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      await this.list(client);
      if (isOver.now) return;
      await Promise.race([over, pause(this.times.minRefreshMs, this.closed.signal)]);
      await Promise.race([over, changed, pause(this.times.refreshMs, this.closed.signal)]);
    }
  }

  private async list(client: Client): Promise<void> {
    const { name, server, onListing } = this.options;
    const raw: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages && raw.length < maxListed; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const timeout = { timeout: server.connectTimeoutMs, maxTotalTimeout: server.connectTimeoutMs };
      const answer = await client.request({ method: 'tools/list', params }, timeout);
      raw.push(...answer.tools);
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    const listing = readListing(name, raw);
    this.connection = { client, listing };
    this.attempts = 0;
    await onListing(listing);
    this.change({ kind: 'connected', tools: listing.tools.size, faults: listing.faults });
    this.triedOnce();
  }

  private change(state: LinkState): void {
    this.current = state;
    this.options.onState(state);
  }

  private retryMs(): number {
    const { firstRetryMs, lastRetryMs } = this.times;
    const longest = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(this.attempts - 1, 20));
    return longest * (0.5 + Math.random() / 2);
  }
}

/** What an operator is told: the fault's own words, which may be a stranger's. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } };
  const words = [message, cause?.message].filter((each) => typeof each === 'string' && each !== '');
  return cutText(
    visible([...new Set(words)].join(': ') || 'it failed').replace(/\s+/g, ' '),
    maxReasonCharacters,
  );
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'LUMINA_REFUSED_ADDRESS',
]);

/** With which a server says that it did not take a request. */
const refusals = new Set<unknown>([400, 401, 403, 404, 405, 406, 413, 415, 429]);

/** Whether it is certain that the server never got the call: no connection was made, or it refused the request as such. */
function wasNeverSent(error: unknown): boolean {
  for (
    let each: unknown = error, depth = 0;
    depth < 5 && each instanceof Error;
    each = each.cause, depth += 1
  ) {
    if (neverSent.has(String((each as { code?: unknown }).code))) return true;
    const { status } = each as { status?: unknown };
    if (refusals.has(status)) return true;
  }
  return false;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
