/** Why a call got no response that could be used; closed, so that it can label metrics. */
export const httpFailureReasons = [
  'bad_url',
  'refused_address',
  'dns',
  'connect',
  'tls',
  'timeout',
  'aborted',
  'too_large',
  'too_many_redirects',
  'bad_redirect',
  'bad_response',
] as const;
export type HttpFailureReason = (typeof httpFailureReasons)[number];

export interface HttpRequest {
  readonly url: string;
  /** GET unless told. */
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** For everything together: attempts, waiting, redirects, the body. */
  readonly timeoutMs?: number;
  /** Of the body, decompressed. */
  readonly maxBytes?: number;
  readonly maxRedirects?: number;
  /** May be sent again when it is not known whether it arrived. GET and HEAD unless told. */
  readonly isIdempotent?: boolean;
}

export interface HttpResponse {
  readonly kind: 'answered';
  /** Any; those that may pass were tried again before. */
  readonly status: number;
  /** Names in lower case; several of one name joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: Buffer;
  /** Where it came from, after redirects. */
  readonly url: string;
}

export interface HttpFailure {
  readonly kind: 'failed';
  readonly reason: HttpFailureReason;
  /** For people and models. Names the host, never the path, the query or a header: those may carry secrets. */
  readonly message: string;
}

export type HttpOutcome = HttpResponse | HttpFailure;

/** One call in numbers. Nothing in it is unbounded but the host, which is for logs and not for labels. */
export interface HttpMeasure {
  readonly host: string;
  readonly outcome: HttpFailureReason | 'answered';
  readonly status: number | undefined;
  /** Requests that were sent, redirects and retries included. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly bodyBytes: number;
}
