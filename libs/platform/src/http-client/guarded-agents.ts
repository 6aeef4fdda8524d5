import { Agent as HttpAgent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { type AddressGuard, RefusedAddressError } from './address-guard';

type OnConnection = (error: Error | null, socket: Duplex) => void;

const pool: AgentOptions = {
  keepAlive: true,
  maxSockets: 16,
  maxTotalSockets: 256,
  maxFreeSockets: 16,
  timeout: 15_000,
};

/** Verified whatever the environment says: NODE_TLS_REJECT_UNAUTHORIZED does not reach a value that is set. */
const verified = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;

/** The options to connect with, or why not. */
function guarded(guard: AddressGuard, options: ClientRequestArgs): ClientRequestArgs | RefusedAddressError {
  const host = options.host ?? options.hostname ?? '';
  const endpoint = { host, port: Number(options.port) };
  // A path here would be a socket's in the file system.
  if (host === '' || typeof options.path === 'string' || options.socketPath !== undefined)
    return new RefusedAddressError(host);
  return guard.refusal(endpoint) ?? { ...options, lookup: guard.lookupFor(endpoint) };
}

class GuardedHttpAgent extends HttpAgent {
  constructor(private readonly guard: AddressGuard) {
    super(pool);
  }

  override createConnection(options: ClientRequestArgs, done?: OnConnection): Duplex | null | undefined {
    const checked = guarded(this.guard, options);
    if (!(checked instanceof RefusedAddressError)) return super.createConnection(checked, done);
    done?.(checked, undefined as never);
    return undefined;
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  constructor(
    private readonly guard: AddressGuard,
    ca: string | undefined,
  ) {
    super({ ...pool, ...verified, ...(ca === undefined ? {} : { ca }) });
  }

  override createConnection(options: ClientRequestArgs, done?: OnConnection): Duplex | null | undefined {
    const checked = guarded(this.guard, options);
    if (!(checked instanceof RefusedAddressError))
      return super.createConnection({ ...checked, ...verified }, done);
    done?.(checked, undefined as never);
    return undefined;
  }
}

export interface GuardedAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Pooled agents through which nothing connects that the guard does not let pass. `ca`: trusted instead of the usual ones. */
export const guardedAgents = (guard: AddressGuard, ca?: string): GuardedAgents => ({
  httpAgent: new GuardedHttpAgent(guard),
  httpsAgent: new GuardedHttpsAgent(guard, ca),
});
