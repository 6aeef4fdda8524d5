import type { HttpFailure, HttpFailureReason } from './http-exchange';

const sentences: Readonly<Record<HttpFailureReason, string>> = {
  bad_url: 'is no URL that can be fetched',
  refused_address: 'is not on the public internet; addresses inside are not reached from here',
  dns: 'has no address; is the name right?',
  connect: 'cannot be reached',
  tls: 'has no certificate that can be trusted, or no TLS 1.2 or later',
  timeout: 'took too long to answer',
  aborted: 'was not waited for: the call was cancelled',
  too_large: 'answered with more than was asked for',
  too_many_redirects: 'redirects too often',
  bad_redirect: 'redirects where nothing is followed to',
  bad_response: 'answered with something that is not valid HTTP',
};

export const failureOf = (reason: HttpFailureReason, host: string, detail?: string): HttpFailure => ({
  kind: 'failed',
  reason,
  message: `${host} ${sentences[reason]}${detail === undefined ? '' : ` (${detail})`}`,
});

const byCode: Readonly<Record<string, HttpFailureReason>> = {
  LUMINA_REFUSED_ADDRESS: 'refused_address',
  LUMINA_BODY_TOO_LARGE: 'too_large',
  LUMINA_UNKNOWN_ENCODING: 'bad_response',
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  ESERVFAIL: 'dns',
  EAI_AGAIN: 'dns',
  ETIMEOUT: 'dns',
  EBADNAME: 'dns',
  EPROTO: 'tls',
  ERR_BAD_RESPONSE: 'bad_response',
};

const byPattern: readonly (readonly [RegExp, HttpFailureReason])[] = [
  [/^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA)/, 'tls'],
  [/^(HPE_|Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ZSTD_|ERR_STREAM_PREMATURE_CLOSE)/, 'bad_response'],
  [/^ERR_(INVALID_URL|INVALID_ARG|UNESCAPED|INVALID_CHAR)/, 'bad_url'],
];

function reasonOfCode(code: string): HttpFailureReason | undefined {
  if (Object.hasOwn(byCode, code)) return byCode[code];
  return byPattern.find(([pattern]) => pattern.test(code))?.[1];
}

/** The codes of an error and of those below it, outermost first. */
export function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (
    let current = error, depth = 0;
    typeof current === 'object' && current !== null && depth < 8;
    depth++
  ) {
    const { code, cause, errors } = current as {
      code?: unknown;
      cause?: unknown;
      errors?: readonly unknown[];
    };
    if (typeof code === 'string') codes.push(code);
    current = cause ?? errors?.[0];
  }
  return codes;
}

/** What an error of the network, TLS, the parser or a decoder means. */
export function reasonOf(error: unknown): HttpFailureReason {
  for (const code of [...codesOf(error)].reverse()) {
    const reason = reasonOfCode(code);
    if (reason !== undefined) return reason;
  }
  return 'connect';
}
