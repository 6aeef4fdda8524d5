// JSON over kept-alive connections to a server of the peer's own: what an adapter costs is one such request.
import { Pool } from 'undici';

const headers = { 'content-type': 'application/json' };

/** @returns both throw when the status is not 2xx */
export function createPoster(url) {
  const pool = new Pool(url, { headersTimeout: 60_000, keepAliveTimeout: 60_000 });
  const ask = async (path, value) => {
    const response = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(value) });
    if (response.statusCode < 300) return response.body;
    throw new Error(`${url}${path} answered ${response.statusCode}: ${await response.body.text()}`);
  };
  return {
    /** The answer's value. */
    post: async (path, value) => (await ask(path, value)).json(),
    /** The answer's server-sent events, `{event, data}`, as they come. */
    async *postForEvents(path, value) {
      const body = await ask(path, value);
      let rest = '';
      for await (const chunk of body.setEncoding('utf8')) {
        const events = (rest + chunk).split(/\r?\n\r?\n/);
        rest = events.pop();
        yield* events.map(fieldsOf);
      }
    },
  };
}

const fieldsOf = (text) => Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(/: ?(.*)/s, 2)));
