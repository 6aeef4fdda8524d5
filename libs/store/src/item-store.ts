import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keys } from './keys';

/** What clients keep beside their threads: a value under a key in a namespace. */
export interface StoredItem {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: unknown;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** How long it lives after it was written, or read; undefined: for ever. */
  readonly lifeMs: number | undefined;
}

export interface ItemName {
  readonly namespace: readonly string[];
  readonly key: string;
}

export interface NewItem extends ItemName {
  readonly value: unknown;
  readonly lifeMs: number | undefined;
}

/** Ends each label of a namespace; and stands between a namespace and a key. No label and no key may hold them. */
const afterLabel = '\u001f';
const beforeKey = '\u001e';
const tidyRounds = 20;

const namespaceName = (namespace: readonly string[]): string =>
  namespace.map((label) => `${label}${afterLabel}`).join('');
const placeOf = ({ namespace, key }: ItemName): string => `${namespaceName(namespace)}${beforeKey}${key}`;
const labelsIn = (name: string): readonly string[] => name.split(afterLabel).slice(0, -1);

/** All names that begin so. */
const rangeOf = (prefix: string): readonly [string, string] =>
  prefix === '' ? ['-', '+'] : [`[${prefix}`, `(${prefix}\u{10ffff}`];

/** Each tenant's items. Their index is ordered by name, so a namespace and what is below it are one range. */
export class ItemStore {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly reader: Redis,
  ) {}

  async put(tenant: string, item: NewItem): Promise<void> {
    await this.change(tenant, 'put', item, [JSON.stringify(item.value), item.lifeMs ?? '']);
  }

  /** Whether there was one. */
  async remove(tenant: string, name: ItemName): Promise<boolean> {
    return (await this.change(tenant, 'remove', name, [])) === 1;
  }

  /** Has it live as long again as when it was written. */
  async refresh(tenant: string, name: ItemName): Promise<void> {
    await this.change(tenant, 'refresh', name, []);
  }

  async get(tenant: string, name: ItemName): Promise<StoredItem | undefined> {
    const place = placeOf(name);
    return itemOf(place, await this.reader.hgetall(keys.item(tenant, place)));
  }

  /** Items in and below a namespace, by name: `count` from the `from`-th on. Those that have ended are left out. */
  async page(
    tenant: string,
    prefix: readonly string[],
    { from, count }: { from: number; count: number },
  ): Promise<readonly StoredItem[]> {
    await this.tidy(tenant);
    const [min, max] = rangeOf(namespaceName(prefix));
    const places = await this.reader.zrangebylex(keys.items(tenant), min, max, 'LIMIT', from, count);
    if (places.length === 0) return [];
    const pipeline = this.reader.pipeline();
    for (const place of places) pipeline.hgetall(keys.item(tenant, place));
    const replies = (await pipeline.exec()) ?? [];
    return places.flatMap((place, index) => {
      const [error, fields] = replies[index] ?? [null, {}];
      if (error !== null) throw error;
      return itemOf(place, fields as Record<string, string>) ?? [];
    });
  }

  /** Namespaces that begin with this one and hold items, by name. */
  async namespaces(
    tenant: string,
    prefix: readonly string[],
    count: number,
  ): Promise<readonly (readonly string[])[]> {
    await this.tidy(tenant);
    const [min, max] = rangeOf(namespaceName(prefix));
    const names = await this.reader.zrangebylex(keys.itemNamespaces(tenant), min, max, 'LIMIT', 0, count);
    return names.map(labelsIn);
  }

  /** Takes ended items out of the index, some thousand at most: more wait for the next reader. */
  private async tidy(tenant: string): Promise<void> {
    for (let round = 0; round < tidyRounds; round += 1) {
      const [ended] = await this.reader.zrangebyscore(
        keys.itemEnds(tenant),
        '-inf',
        Date.now(),
        'LIMIT',
        0,
        1,
      );
      if (ended === undefined) return;
      const nothing = { namespace: [], key: '' };
      // None, where Redis' clock is behind ours: then they end a little later.
      if ((await this.change(tenant, 'tidy', nothing, ['', '', keys.item(tenant, '')])) === 0) return;
    }
  }

  private change(
    tenant: string,
    operation: string,
    name: ItemName,
    rest: readonly (string | number)[],
  ): Promise<unknown> {
    const place = placeOf(name);
    const names = [
      ...[keys.items(tenant), keys.itemNamespaces(tenant), keys.itemCounts(tenant), keys.itemEnds(tenant)],
      keys.item(tenant, place),
    ];
    return this.writer.write('item', names, [
      ...[operation, Date.now(), place, namespaceName(name.namespace)],
      ...rest,
    ]);
  }
}

function itemOf(place: string, fields: Readonly<Record<string, string>>): StoredItem | undefined {
  const { value, created, updated, life } = fields;
  if (value === undefined) return undefined;
  const middle = place.indexOf(beforeKey);
  return {
    namespace: labelsIn(place.slice(0, middle)),
    key: place.slice(middle + 1),
    value: JSON.parse(value) as unknown,
    createdMs: Number(created),
    updatedMs: Number(updated),
    lifeMs: life === undefined || life === '' ? undefined : Number(life),
  };
}
