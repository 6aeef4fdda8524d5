import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Which addresses belong to the public internet. From IANA's registries of special-purpose addresses, and what cloud providers
 * put beside them. Invariants:
 *
 * A1 What is not known to be public is refused: of IPv6 only 2000::/3 can be public, so that whatever carries an IPv4 address
 *    inside (mapped, NAT64, 6to4, Teredo) is refused whole.
 * A2 Only addresses are judged, never names: a name means whatever its owner says at that moment.
 * A3 The host's own addresses are refused even where they are public.
 */
const notPublicIpv4 = [
  '0.0.0.0/8', // this network; 0.0.0.0 itself reaches the host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; also cloud metadata (100.100.100.200)
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; cloud metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; also cloud metadata (192.0.0.192)
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays, abandoned
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '161.26.0.0/16', // services inside IBM's cloud
  '166.8.0.0/14', // services inside IBM's cloud
  '168.63.129.16/32', // services inside Azure
];

const publicIpv6 = '2000::/3';
const notPublicIpv6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
];

const networkPattern = /^(.+)\/(\d{1,3})$/;

/** Whether the text is a network such as `203.0.113.0/24` or `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits = ''] = networkPattern.exec(text) ?? [];
  const family = address.includes('%') ? 0 : isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

function addTo(list: BlockList, network: string): void {
  const [, address = '', bits = ''] = networkPattern.exec(network) ?? [];
  list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addTo(list, network);
  return list;
}

const ipv6Unicast = listOf([publicIpv6]);
const ownAddressesLifeMs = 5_000;

/** Judges addresses; see A1 to A3. */
export class PublicAddresses {
  private readonly refused: BlockList;
  private own: BlockList = new BlockList();
  private ownReadAtMs = Number.NEGATIVE_INFINITY;

  /** `further`: networks that are refused too, for example a company's own. Each must pass `isNetwork`. */
  constructor(
    further: readonly string[] = [],
    private readonly interfaces: typeof networkInterfaces = networkInterfaces,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.refused = listOf([...notPublicIpv4, ...notPublicIpv6, ...further]);
  }

  /** `address`: as the socket will be given it. What is no address at all is not public. */
  isPublic(address: string): boolean {
    const family = address.includes('%') ? 0 : isIP(address);
    if (family === 0) return false;
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (kind === 'ipv6' && !ipv6Unicast.check(address, kind)) return false;
    return !this.refused.check(address, kind) && !this.ownAddresses().check(address, kind);
  }

  private ownAddresses(): BlockList {
    const now = this.nowMs();
    if (now - this.ownReadAtMs < ownAddressesLifeMs) return this.own;
    this.own = new BlockList();
    this.ownReadAtMs = now;
    for (const { address, family } of Object.values(this.interfaces()).flatMap((all) => all ?? []))
      this.own.addAddress(address.replace(/%.*$/, ''), family === 'IPv4' ? 'ipv4' : 'ipv6');
    return this.own;
  }
}
