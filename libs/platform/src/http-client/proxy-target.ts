import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from './address-guard';

/** Of a request for a tunnel: `host:port`, in which nothing is read that is not there. */
export function tunnelTarget(authority: string): Endpoint | undefined {
  const [, host = '', port = ''] = /^([a-z0-9._-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(authority) ?? [];
  return host === '' || !isPort(Number(port)) ? undefined : { host, port: Number(port) };
}

/** Of a request in the form that proxies get: a whole URL, of http only; what is encrypted goes through a tunnel. */
export function forwardTarget(text: string): { readonly endpoint: Endpoint; readonly url: URL } | undefined {
  // Read twice: a host that a URL's reader would turn into another one, such as an address in hexadecimal, is none.
  const [, host = ''] = /^http:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?]|$)/i.exec(text) ?? [];
  if (host === '' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const port = url.port === '' ? 80 : Number(url.port);
  if (url.hostname !== host.toLowerCase() || !isPort(port)) return undefined;
  return { endpoint: { host: url.hostname, port }, url };
}

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

/** Meant for one connection, not for whoever is at the end of the next. */
const ofOneHop = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host'],
]);

/** What of a message goes on: all but what is meant for one hop, what the sender says is among it. */
export function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !ofOneHop.has(name) && !named.includes(name)),
  );
}
