import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { describe, expect, it } from '@jest/globals';
import { AddressGuard, type AddressLookup, nameServerLookup } from './address-guard';
import { PublicAddresses, isNetwork } from './public-address';

const publicOne = '93.184.216.34';
const guardWith = (lookup: AddressLookup): AddressGuard =>
  new AddressGuard({
    addresses: new PublicAddresses(),
    trusted: [{ host: 'Search.Inside', port: 8080 }],
    lookup,
  });
const looked = (guard: AddressGuard, host: string, all: boolean): Promise<unknown> =>
  new Promise((resolve, reject) => {
    guard.lookupFor({ host, port: 443 })(host, { all }, (error, address, family) =>
      error === null ? resolve(all ? address : [address, family]) : reject(error),
    );
  });

describe('AddressGuard', () => {
  it('connects to the very address that it judged, however a name changes its mind', async () => {
    let asked = 0;
    const flipping = async (): Promise<LookupAddress[]> => [
      { address: ++asked === 1 ? publicOne : '127.0.0.1', family: 4 },
    ];
    const guard = guardWith(flipping);
    expect(await looked(guard, 'flip.test', false)).toEqual([publicOne, 4]);
    await expect(looked(guard, 'flip.test', true)).rejects.toMatchObject({ code: 'LUMINA_REFUSED_ADDRESS' });
    expect(asked).toBe(2);
  });

  it('gives all addresses to who asks for all', async () => {
    const both = [
      { address: publicOne, family: 4 },
      { address: '2606:2800:220:1::1', family: 6 },
    ];
    expect(
      await looked(
        guardWith(async () => both),
        'both.test',
        true,
      ),
    ).toEqual(both);
  });

  it('says that a name without addresses has none', async () => {
    await expect(
      looked(
        guardWith(async () => []),
        'none.test',
        true,
      ),
    ).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('trusts an endpoint by host and port, whatever the case and the dot at its end', () => {
    const guard = guardWith(async () => []);
    const own = guard.lookupFor({ host: 'search.inside.', port: 8080 });
    expect(own).toBe(guard.lookupFor({ host: 'SEARCH.inside', port: 8080 }));
    expect(own).not.toBe(guard.lookupFor({ host: 'search.inside', port: 8081 }));
    expect(guard.refusal({ host: '10.0.0.1', port: 8080 })?.message).toContain('10.0.0.1');
  });
});

describe('PublicAddresses', () => {
  it('knows public addresses of both families', () => {
    const addresses = new PublicAddresses();
    for (const address of ['1.1.1.1', publicOne, '11.0.0.1', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'])
      expect([address, addresses.isPublic(address)]).toEqual([address, true]);
  });

  it('refuses what is no address', () => {
    const addresses = new PublicAddresses();
    for (const text of ['', 'example.com', '1.1.1', '1.1.1.1 ', '2606:4700::1%eth0', '[2606:4700::1]'])
      expect([text, addresses.isPublic(text)]).toEqual([text, false]);
  });

  it('refuses the networks that it is told to', () => {
    const addresses = new PublicAddresses(['93.184.216.0/24', '2606:2800::/32']);
    expect(addresses.isPublic(publicOne)).toBe(false);
    expect(addresses.isPublic('2606:2800::1')).toBe(false);
    expect(addresses.isPublic('93.184.217.1')).toBe(true);
  });

  it('refuses the public addresses of the host itself, as they are now', () => {
    let own = publicOne;
    let nowMs = 0;
    const interfaces = () => ({
      eth0: [
        { address: own, family: 'IPv4' as const, netmask: '', mac: '', internal: false, cidr: null },
        {
          address: 'fe80::1%eth0',
          family: 'IPv6' as const,
          netmask: '',
          mac: '',
          internal: false,
          cidr: null,
          scopeid: 2,
        },
      ],
    });
    const addresses = new PublicAddresses([], interfaces, () => nowMs);
    expect(addresses.isPublic(publicOne)).toBe(false);
    own = '8.8.8.8';
    nowMs = 10_000;
    expect([addresses.isPublic(publicOne), addresses.isPublic('8.8.8.8')]).toEqual([true, false]);
  });

  it('tells networks from other texts', () => {
    for (const text of ['10.0.0.0/8', '2001:db8::/32', '1.2.3.4/32']) expect(isNetwork(text)).toBe(true);
    for (const text of ['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '::/129', 'x/8', '10.0.0.0/-1', 'fe80::%1/64'])
      expect([text, isNetwork(text)]).toEqual([text, false]);
  });
});

describe('nameServerLookup', () => {
  /** Answers each question by `types`: 1 with 93.184.216.34, 28 with 2606::1, else with no such name. */
  async function nameServer(types: readonly number[]) {
    const server = createSocket('udp4');
    server.on('message', (query, { port, address }) => {
      const type = query.readUInt16BE(query.length - 4 - (query.readUInt16BE(10) > 0 ? 11 : 0));
      const question = query.subarray(12, query.readUInt16BE(10) > 0 ? query.length - 11 : undefined);
      const isKnown = types.includes(type);
      const head = Buffer.alloc(12);
      query.copy(head, 0, 0, 2);
      head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(isKnown ? 1 : 0, 6);
      const data =
        type === 1 ? Buffer.from([93, 184, 216, 34]) : Buffer.from('26060000000000000000000000000001', 'hex');
      const record = Buffer.concat([
        Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]),
        data,
      ]);
      server.send(Buffer.concat([head, question, ...(isKnown ? [record] : [])]), port, address);
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`127.0.0.1:${server.address().port}`]);
    return { lookup: nameServerLookup(resolver), close: () => server.close() };
  }

  it.each([
    [
      [1, 28],
      [publicOne, '2606::1'],
    ],
    [[1], [publicOne]],
    [[28], ['2606::1']],
  ])('finds what there is: %j', async (types, wanted) => {
    const { lookup, close } = await nameServer(types);
    try {
      expect((await lookup('site.example.com')).map(({ address }) => address)).toEqual(wanted);
    } finally {
      close();
    }
  });

  it('rejects with a code when there is nothing', async () => {
    const { lookup, close } = await nameServer([]);
    try {
      await expect(lookup('site.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    } finally {
      close();
    }
  });
});
