import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { type LookupFunction, isIP } from 'node:net';
import type { PublicAddresses } from './public-address';

/** All addresses of a name. @throws an Error with `code` when there are none */
export type AddressLookup = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A connection that was refused before anything was sent. */
export class RefusedAddressError extends Error {
  readonly code = 'LUMINA_REFUSED_ADDRESS';

  constructor(readonly host: string) {
    super(`${host} is not an address of the public internet`);
  }
}

const ipv6DelayMs = 100;

/**
 * Asks the name servers directly: unlike the system's own look-up this blocks no thread that files are read on, completes no short
 * name with a cluster's domains, and reads no /etc/hosts.
 */
export function nameServerLookup(resolver = new Resolver({ timeout: 3_000, tries: 2 })): AddressLookup {
  return async (hostname) => {
    const ipv4 = resolver.resolve4(hostname).then(asFamily(4));
    const ipv6 = resolver.resolve6(hostname).then(asFamily(6));
    ipv6.catch(() => undefined);
    const found = await ipv4.then(
      async (known) => [...known, ...(await soon(ipv6))],
      async (error: unknown) => ipv6.catch(() => Promise.reject(error as Error)),
    );
    if (found.length === 0) throw notFound(hostname);
    return found;
  };
}

const asFamily = (family: 4 | 6) => (addresses: readonly string[]) =>
  addresses.map((address): LookupAddress => ({ address, family }));

/** What is there within a moment; a slow answer for IPv6 must not hold up a host that has IPv4. */
async function soon(addresses: Promise<readonly LookupAddress[]>): Promise<readonly LookupAddress[]> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<readonly LookupAddress[]>((resolve) => {
    timer = setTimeout(() => resolve([]), ipv6DelayMs);
  });
  try {
    return await Promise.race([addresses.catch(() => []), patience]);
  } finally {
    clearTimeout(timer);
  }
}

const notFound = (hostname: string): Error =>
  Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** As URLs and sockets write a host: lower case, no brackets, no dot at the end. */
const canonicalHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

export interface AddressGuardOptions {
  readonly addresses: PublicAddresses;
  /** Connected to wherever they are: what an operator has configured. Names of these are looked up as the system does. */
  readonly trusted: readonly Endpoint[];
  readonly lookup: AddressLookup;
}

/**
 * Decides where a socket may connect. It stands between the name and the connection, so what is judged is what is connected to: a
 * name that changes its mind (DNS rebinding) is judged anew each time, and redirects, notations and encodings make no difference.
 */
export class AddressGuard {
  constructor(private readonly options: AddressGuardOptions) {}

  /** Why an endpoint may not be connected to as it is; names pass here and are judged by `lookup`. */
  refusal({ host, port }: Endpoint): RefusedAddressError | undefined {
    if (this.isTrusted({ host, port }) || isIP(host) === 0) return undefined;
    return this.options.addresses.isPublic(host) ? undefined : new RefusedAddressError(host);
  }

  /** The look-up to connect with. A name with any address that is not public is refused whole. */
  lookupFor(endpoint: Endpoint): LookupFunction {
    if (this.isTrusted(endpoint)) return systemLookup;
    return (hostname, { all = false }: LookupOptions, done) => {
      this.judged(hostname).then(
        (addresses) => {
          const [first = { address: '', family: 0 }] = addresses;
          if (all) done(null, addresses);
          else done(null, first.address, first.family);
        },
        (error: unknown) => done(error as NodeJS.ErrnoException, []),
      );
    };
  }

  private async judged(hostname: string): Promise<LookupAddress[]> {
    const found = [...(await this.options.lookup(hostname))];
    if (found.length === 0) throw notFound(hostname);
    if (found.some(({ address }) => !this.options.addresses.isPublic(address)))
      throw new RefusedAddressError(hostname);
    return found;
  }

  private isTrusted({ host, port }: Endpoint): boolean {
    const name = canonicalHost(host);
    return this.options.trusted.some((known) => canonicalHost(known.host) === name && known.port === port);
  }
}
