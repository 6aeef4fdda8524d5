import type { Given } from '../reference-faults';
import type { Strangers } from '../selector-faults';

interface Expectation {
  readonly given?: Given;
  readonly strangers?: Strangers;
}

/** What a scenario takes for granted: objects that are there already, and pods of others. */
export const expectations: Readonly<Record<string, Expectation>> = {
  'lumina/ha': { given: ['Secret/model-keys'] },
  'lumina/external-redis': { given: ['Secret/platform-redis'] },
  'lumina/existing-secrets': { given: ['Secret/lumina-keys'] },
  'lumina/dev': { strangers: [{ app: 'redis' }] },
  'lumina/locked-down': { strangers: [{ 'app.kubernetes.io/name': 'edge' }] },
  'redis-sentinel/one-node': { given: ['Secret/redis-passwords'] },
};
