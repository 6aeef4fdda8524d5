// JSON over kept-alive connections to a server of the peer's own: what an adapter costs is one such request.
import { Pool } from 'undici';

const headers = { 'content-type': 'application/json' };

/** @returns `post(path, value)`, which resolves to the answer's value, and throws when the status is not 2xx */
export function createPoster(url) {
  const pool = new Pool(url, { headersTimeout: 60_000, keepAliveTimeout: 60_000 });
  return async (path, value) => {
    const body = JSON.stringify(value);
    const response = await pool.request({ path, method: 'POST', headers, body });
    if (response.statusCode < 300) return response.body.json();
    throw new Error(`${url}${path} answered ${response.statusCode}: ${await response.body.text()}`);
  };
}
