import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { AddressGuard, type AddressLookup, type Endpoint, nameServerLookup } from './address-guard';
import { codesOf } from './failure-reading';
import { type GuardedAgents, guardedAgents } from './guarded-agents';
import { forwardTarget, passedOn, tunnelTarget } from './proxy-target';
import { PublicAddresses } from './public-address';

export type PassageOutcome = 'opened' | 'failed' | 'not_listed' | 'refused_address' | 'malformed';

/** What became of one wish to get out. Host and port are as they were asked for: whoever asked chose the words. */
export interface Passage {
  readonly endpoint: Endpoint | undefined;
  readonly outcome: PassageOutcome;
}

export interface ForwardProxyOptions {
  /** Where it may connect. */
  readonly allowed: readonly Endpoint[];
  /** Of these, what may be reached although it is not public. */
  readonly trusted?: readonly Endpoint[];
  /** Networks that are refused beside those that are not public; `isNetwork`. */
  readonly refused?: readonly string[];
  readonly onPassage: (passage: Passage) => void;
  /** For tests: what names mean. */
  readonly lookup?: AddressLookup;
}

const connectMs = 15_000;
const idleMs = 120_000;
const maxConnections = 64;
const maxHeaderBytes = 16 * 1024;

const nameOf = ({ host, port }: Endpoint): string => `${host.toLowerCase().replace(/\.$/, '')}:${port}`;

/**
 * A proxy on a unix socket, for a program that has no other way out. Invariants:
 *
 * F1 It connects to a host and port of its list and to nothing else: a host by another name, notation or address is another host.
 * F2 The list does not open what is inside: an address that is not public is refused as the connection is made, whatever a name
 *    meant before.
 * F3 Each request is judged by itself; a connection to the proxy that has passed once proves nothing.
 * F4 After `close` nothing that it opened is left.
 * F5 Everything asked of it is told, once.
 */
export class ForwardProxy {
  private readonly guard: AddressGuard;
  private readonly agents: GuardedAgents;
  private readonly allowed: ReadonlySet<string>;
  private readonly server: Server;
  private readonly open = new Set<Duplex>();

  constructor(private readonly options: ForwardProxyOptions) {
    const { allowed, trusted = [], refused = [], lookup = nameServerLookup() } = options;
    this.guard = new AddressGuard({ addresses: new PublicAddresses(refused), trusted, lookup });
    this.agents = guardedAgents(this.guard);
    this.allowed = new Set(allowed.map(nameOf));
    this.server = createServer({ maxHeaderSize: maxHeaderBytes, headersTimeout: connectMs });
    this.server.maxConnections = maxConnections;
    this.server.on('connection', (socket) => this.keep(socket));
    this.server.on('connect', (asked: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.tunnel(asked, socket, head),
    );
    this.server.on('request', (asked, answer) => this.forward(asked, answer));
  }

  /** @throws the system's error where no socket can be made at this path */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(path, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const one of this.open) one.destroy();
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
    await closed;
  }

  private keep(one: Duplex): void {
    this.open.add(one);
    one.once('close', () => this.open.delete(one));
    one.on('error', () => undefined);
  }

  private told(endpoint: Endpoint | undefined, outcome: PassageOutcome): PassageOutcome {
    this.options.onPassage({ endpoint, outcome });
    return outcome;
  }

  /** Why a connection is not even tried; names are looked up, and judged again, when it is made. */
  private refusalOf(endpoint: Endpoint | undefined): PassageOutcome | undefined {
    if (endpoint === undefined) return 'malformed';
    if (!this.allowed.has(nameOf(endpoint))) return 'not_listed';
    return this.guard.refusal(endpoint) === undefined ? undefined : 'refused_address';
  }

  private reason(outcome: PassageOutcome): string {
    switch (outcome) {
      case 'not_listed':
        return `not among the hosts that may be reached: ${[...this.allowed].join(' ')}`;
      case 'refused_address':
        return 'that host is not on the public internet';
      case 'malformed':
        return 'neither a tunnel to host:port nor a request with a whole http URL';
      default:
        return 'that host cannot be reached';
    }
  }

  private tunnel({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const endpoint = tunnelTarget(url);
    const refusal = this.refusalOf(endpoint);
    if (endpoint === undefined || refusal !== undefined)
      return this.refuseTunnel(socket, this.told(endpoint, refusal ?? 'malformed'));
    const out = connect({
      host: endpoint.host.replace(/^\[|\]$/g, ''),
      port: endpoint.port,
      lookup: this.guard.lookupFor(endpoint),
    });
    this.keep(out);
    const failed = (error: unknown): void => this.refuseTunnel(socket, this.told(endpoint, outcomeOf(error)));
    const late = setTimeout(() => out.destroy(new Error('it took too long')), connectMs);
    out.once('error', failed);
    out.once('close', () => clearTimeout(late));
    socket.once('close', () => out.destroy());
    out.once('connect', () => {
      clearTimeout(late);
      out.off('error', failed);
      this.told(endpoint, 'opened');
      joined(socket, out, head);
    });
  }

  private refuseTunnel(socket: Duplex, outcome: PassageOutcome): void {
    if (socket.destroyed) return;
    const status = outcome === 'failed' ? 502 : 403;
    socket.end(
      `HTTP/1.1 ${status} ${this.reason(outcome)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  }

  private forward(asked: IncomingMessage, answer: ServerResponse): void {
    const target = forwardTarget(asked.url ?? '');
    const refusal = this.refusalOf(target?.endpoint);
    if (target === undefined || refusal !== undefined)
      return this.refuseRequest(answer, this.told(target?.endpoint, refusal ?? 'malformed'));
    const { url, endpoint } = target;
    const out = request(url, {
      method: asked.method ?? 'GET',
      agent: this.agents.httpAgent,
      headers: { ...passedOn(asked.headers), host: url.host },
      timeout: idleMs,
    });
    const failed = (error: unknown): void =>
      this.refuseRequest(answer, this.told(endpoint, outcomeOf(error)));
    out.once('error', failed);
    out.once('timeout', () => out.destroy(new Error('it took too long')));
    answer.once('close', () => out.destroy());
    out.once('response', (response) => {
      out.off('error', failed).on('error', () => answer.destroy());
      this.told(endpoint, 'opened');
      answer.writeHead(response.statusCode ?? 502, passedOn(response.headers));
      pipeline(response, answer, () => undefined);
    });
    pipeline(asked, out, () => undefined);
  }

  private refuseRequest(answer: ServerResponse, outcome: PassageOutcome): void {
    if (answer.headersSent) return void answer.destroy();
    const headers = { 'content-type': 'text/plain', connection: 'close' };
    answer.writeHead(outcome === 'failed' ? 502 : 403, headers).end(`${this.reason(outcome)}\n`);
  }
}

const outcomeOf = (error: unknown): PassageOutcome =>
  codesOf(error).includes('LUMINA_REFUSED_ADDRESS') ? 'refused_address' : 'failed';

function joined(inside: Duplex, outside: Socket, head: Buffer): void {
  outside.setTimeout(idleMs, () => outside.destroy());
  inside.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) outside.write(head);
  pipeline(inside, outside, () => undefined);
  pipeline(outside, inside, () => undefined);
}
