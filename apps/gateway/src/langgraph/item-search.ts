import { LuminaError } from '@lumina/contracts';
import type { ItemStore, StoredItem } from '@lumina/store';

export interface ItemQuery {
  readonly prefix: readonly string[];
  readonly filter: Readonly<Record<string, unknown>>;
  readonly limit: number;
  readonly offset: number;
}

const chunk = 200;
const maxExamined = 10_000;

/** Items in and below a namespace that fit, by name. So many are looked at for one search. */
export async function searchItems(
  items: Pick<ItemStore, 'page'>,
  tenant: string,
  { prefix, filter, limit, offset }: ItemQuery,
): Promise<readonly StoredItem[]> {
  if (Object.keys(filter).length === 0) return items.page(tenant, prefix, { from: offset, count: limit });
  const found: StoredItem[] = [];
  for (let from = 0; found.length < offset + limit; from += chunk) {
    if (from >= maxExamined) throw tooMany();
    const page = await items.page(tenant, prefix, { from, count: chunk });
    found.push(...page.filter(({ value }) => fits(value, filter)));
    if (page.length < chunk) break;
  }
  return found.slice(offset, offset + limit);
}

/** Whether a value's fields are as the filter says: equal, or as `{"$gt": 3}` and the like compare. */
export function fits(value: unknown, filter: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    const isOwn = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    const given = isOwn ? (value as Record<string, unknown>)[name] : undefined;
    const comparisons = comparisonsIn(wanted);
    if (comparisons === undefined) return isEqual(given, wanted);
    return comparisons.every(([operator, operand]) => compares(given, operator, operand));
  });
}

const operators = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'];

function comparisonsIn(wanted: unknown): readonly [string, unknown][] | undefined {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return undefined;
  const entries = Object.entries(wanted) as [string, unknown][];
  const isComparison = entries.length > 0 && entries.every(([name]) => name.startsWith('$'));
  if (!isComparison) return undefined;
  const unknown = entries.find(([name]) => !operators.includes(name));
  if (unknown === undefined) return entries;
  const fields = [{ field: 'filter', expected: `comparisons with ${operators.join(', ')}` }];
  throw new LuminaError('LUM_VALIDATION_FAILED', `filter: ${unknown[0]} is no comparison`, { fields });
}

function compares(given: unknown, operator: string, operand: unknown): boolean {
  if (operator === '$eq') return isEqual(given, operand);
  if (operator === '$ne') return !isEqual(given, operand);
  const order = orderOf(given, operand);
  if (order === undefined) return false;
  if (operator === '$gt') return order > 0;
  if (operator === '$gte') return order >= 0;
  return operator === '$lt' ? order < 0 : order <= 0;
}

function orderOf(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : one > other ? 1 : 0;
  return undefined;
}

const isEqual = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  ) ?? '';

function tooMany(): LuminaError {
  const expected = `a prefix that leaves at most ${maxExamined} items to look at`;
  const fields = [{ field: 'namespace_prefix', expected }];
  return new LuminaError('LUM_VALIDATION_FAILED', `namespace_prefix: expected ${expected}`, { fields });
}
