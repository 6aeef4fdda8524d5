import { defineSettings, list } from '../config';
import type { Endpoint } from './address-guard';
import { isNetwork } from './public-address';

const loopbackEndpoint = /^(127(\.\d{1,3}){3}|localhost|\[::1\]):\d{1,5}$/;

/** What every service that reaches out over HTTP reads. */
export const httpSettings = defineSettings({
  LUMINA_HTTP_ALLOW: list({
    pattern: loopbackEndpoint,
    expected: 'loopback endpoints such as 127.0.0.1:8088, with commas between',
    description:
      'For tests only: endpoints on loopback that web tools and webhooks may reach although they are not public. Never set it in production.',
  }),
  LUMINA_HTTP_REFUSE: list({
    accepts: isNetwork,
    expected: 'networks such as 203.0.113.0/24, with commas between',
    description:
      'Networks that web tools and webhooks must not reach although they are public, for example your own. Those that are not public are always refused.',
  }),
});

/** `host:port` → an endpoint. */
export function endpointOf(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

/** The endpoint that a URL leads to. @throws TypeError for what is no URL */
export function endpointOfUrl(text: string): Endpoint {
  const { hostname, port, protocol } = new URL(text);
  return { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}
