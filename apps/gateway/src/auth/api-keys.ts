import { hash } from 'node:crypto';
import { SettingsError } from '@lumina/platform';

/** `admin` makes and revokes its tenant's keys; `operator`, beside it, those of any tenant, and is never given by default. */
export const scopes = ['runs:read', 'runs:write', 'approve', 'budgets', 'admin', 'operator'] as const;
export type Scope = (typeof scopes)[number];

/** Who a request speaks for. */
export interface Caller {
  /** The key by a part of its digest: who decided, for the journal. */
  readonly name: string;
  readonly tenant: string;
  /** Who, of the tenant, the request is made for, where the key's holder says so. */
  readonly user?: string;
  readonly scopes: ReadonlySet<Scope>;
  /** It came with the settings, for development and tests. */
  readonly isStatic?: true;
}

/** Looks a key up by its digest, so that neither time nor memory tells anything about the keys that exist. */
export class ApiKeys {
  private readonly callers: ReadonlyMap<string, Caller>;

  /** @throws SettingsError for entries that do not fit, naming their place and never the key */
  constructor(entries: string | undefined) {
    const listed = (entries ?? '').split(',').map((entry) => entry.trim());
    const given = listed.filter((entry) => entry !== '');
    this.callers = new Map(given.map((entry, index) => readEntry(entry, index + 1)));
  }

  find(key: string): Caller | undefined {
    return this.callers.get(digestOf(key));
  }
}

const digestOf = (key: string): string => hash('sha256', key, 'base64');

function readEntry(entry: string, place: number): readonly [string, Caller] {
  const [key = '', tenant = '', granted] = entry.split(':', 2).concat(scopesOf(entry));
  const names =
    granted === undefined || granted === ''
      ? scopes.filter((scope) => scope !== 'operator')
      : granted.split('+');
  const isUsable = key.length >= 8 && /^[a-z0-9][a-z0-9_-]*$/i.test(tenant) && names.every(isScope);
  if (!isUsable) {
    const expected = `key:tenant[:scope+scope] at place ${place}, with a key of 8 characters or more and scopes of ${scopes.join(', ')}`;
    throw new SettingsError([{ name: 'LUMINA_API_KEYS', expected }]);
  }
  const digest = digestOf(key);
  const name = `key:${Buffer.from(digest, 'base64').toString('hex').slice(0, 12)}`;
  return [digest, { name, tenant, scopes: new Set(names.filter(isScope)), isStatic: true }];
}

/** Scopes hold a colon themselves, so they are all that follows the second one. */
function scopesOf(entry: string): string {
  const second = entry.indexOf(':', entry.indexOf(':') + 1);
  return second < 0 ? '' : entry.slice(second + 1);
}

export const isScope = (name: string): name is Scope => scopes.some((scope) => scope === name);
