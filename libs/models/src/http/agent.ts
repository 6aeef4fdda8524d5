import { Agent, type Dispatcher, ProxyAgent } from 'undici';

export interface AgentOptions {
  readonly connectTimeoutMs: number;
  /** Used for every request when given; proxies named in the environment never are. */
  readonly proxyUrl?: string | undefined;
}

const keepAliveMs = 30_000;

/**
 * The connections to providers. HTTP/1.1 only: a lost connection then takes one answer with it, not a hundred.
 * Verification is spelled out because NODE_TLS_REJECT_UNAUTHORIZED would otherwise switch it off. The timeouts of
 * headers and body are off because each exchange keeps its own, which are exact.
 */
export function createAgent({ connectTimeoutMs, proxyUrl }: AgentOptions): Dispatcher {
  const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const };
  const options = {
    connect: { ...tls, timeout: connectTimeoutMs },
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxyUrl === undefined) return new Agent(options);
  return new ProxyAgent({
    ...options,
    uri: proxyUrl,
    requestTls: options.connect,
    proxyTls: options.connect,
  });
}
