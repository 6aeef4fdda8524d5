import { createHmac } from 'node:crypto';

const secretPrefix = 'whsec_';

/** Each tenant's own secret: what one tenant is told proves nothing to another. Written as Standard Webhooks asks. */
export const tenantSecret = (deploymentSecret: string, tenant: string): string =>
  secretPrefix + createHmac('sha256', deploymentSecret).update(`webhook/${tenant}`).digest('base64');

export interface SignedMessage {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers by which a receiver proves that a call is ours, recent and unaltered (Standard Webhooks 1.0). */
export function signatureHeaders(secret: string, { id, timestamp, body }: SignedMessage) {
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
