type Schema = Readonly<Record<string, unknown>>;

/**
 * How values are written that Kubernetes, Prometheus or Redis read: what is wrong is refused before anything is installed, rather than by
 * them. Regular expressions in what RE2 and ECMAScript share; Helm shows the one that was not matched.
 */
const quantity = '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';
const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const name = `^${label}(\\.${label})*$`;
const cidr = '^[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}$|^[0-9a-f:]*:[0-9a-f:]*/[0-9]{1,3}$';

const of = (pattern: string): Schema => ({ type: 'string', pattern });
const listOf = (pattern: string): Schema => ({ type: 'array', items: of(pattern) });

/** For what may be left empty. */
export const orEmpty = (pattern: string): Schema => of(`^$|${pattern}`);

const quantities: Schema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number'], pattern: quantity, minimum: 0 },
};

/** By the word behind `@schema`. */
export const forms: Readonly<Record<string, Schema>> = {
  resources: {
    type: 'object',
    additionalProperties: false,
    properties: { requests: quantities, limits: quantities },
    required: ['requests', 'limits'],
  },
  /** 50Gi */
  quantity: of(quantity),
  /** 200mb, as Redis writes sizes */
  redisSize: of('^[0-9]+(b|k|kb|m|mb|g|gb)?$'),
  /** 1h30m */
  interval: of('^([0-9]+(ms|s|m|h))+$'),
  url: orEmpty('^https?://[^/?#\\s]+\\S*$'),
  redisUrl: orEmpty('^rediss?://[^/?#\\s]+(/[0-9]*)?$'),
  /** Of an object of Kubernetes, or of a host. */
  name: orEmpty(name),
  objectName: of(name),
  names: listOf(name),
  /** Hosts of a route, of which the first part may be any. */
  hosts: listOf(`^(\\*\\.)?${label}(\\.${label})*$`),
  hostPorts: listOf('^[^\\s:,]+:([1-9][0-9]{0,4})$'),
  cidrs: listOf(cidr),
  digests: {
    type: 'object',
    additionalProperties: of('^sha256:[0-9a-f]{64}$'),
  },
  digest: of('^sha256:[0-9a-f]{64}$'),
  /** A tag of an image; empty: its default. */
  tag: orEmpty('^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$'),
};
