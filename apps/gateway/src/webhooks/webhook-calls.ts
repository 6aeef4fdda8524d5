import type { HttpClient, HttpOutcome } from '@lumina/platform';
import { signatureHeaders, tenantSecret } from './webhook-signature';

export interface WebhookCall {
  readonly url: string;
  readonly tenant: string;
  /** The same however often it is sent: receivers know a repeat by it. */
  readonly id: string;
  readonly payload: object;
}

export type Called =
  | { readonly kind: 'taken' }
  /** `isFinal`: sending it again would change nothing. */
  | { readonly kind: 'refused'; readonly why: string; readonly isFinal: boolean };

const timeoutMs = 15_000;
const maxAnswerBytes = 64 * 1024;

/** Calls webhooks: signed, through the one way out over HTTP, which reaches no address that is not public. */
export class WebhookCalls {
  constructor(
    private readonly http: Pick<HttpClient, 'send'>,
    private readonly secret: () => string,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async call({ url, tenant, id, payload }: WebhookCall, signal: AbortSignal): Promise<Called> {
    const body = JSON.stringify(payload);
    const timestamp = Math.floor(this.nowMs() / 1_000);
    const signature = signatureHeaders(tenantSecret(this.secret(), tenant), { id, timestamp, body });
    const headers = { 'content-type': 'application/json', ...signature };
    const request = {
      url,
      method: 'POST',
      headers,
      body,
      signal,
      timeoutMs,
      maxBytes: maxAnswerBytes,
    } as const;
    return readOutcome(await this.http.send(request));
  }
}

function readOutcome(outcome: HttpOutcome): Called {
  if (outcome.kind === 'failed') {
    const isFinal = outcome.reason === 'bad_url' || outcome.reason === 'refused_address';
    return { kind: 'refused', why: outcome.message, isFinal };
  }
  const { status } = outcome;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  // 410 is how a receiver says that it wants no more.
  return { kind: 'refused', why: `it answered ${status}`, isFinal: status === 410 };
}
