import { Agent, type ClientRequest, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { GatewayBench } from './testing/gateway-bench';
import { type Malformed, malformedRequests } from './testing/malformed';

jest.setTimeout(60_000);

const seed = 20_261_126;
const operator = 'operator-key-0001';
/** A request that turned out to be one waits for an agent here, or streams. */
const waits =
  /^\/(chat|v1\/(responses|chat)|(threads\/[^/]+\/)?runs\/(stream|wait))|\/(join|stream|cancel)\b/;
const longestWaitMs = 600;
const longestMs = 15_000;
const sideBySide = 24;

interface Answer {
  readonly asked: Malformed;
  readonly status: number;
  readonly text: string;
}

describe('malformed requests', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let answers: readonly Answer[];
  const agent = new Agent({ keepAlive: true, maxSockets: sideBySide });
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_API_KEYS: `${operator}:acme:runs:read+runs:write+approve+budgets+admin+operator`,
      LUMINA_KEY_PEPPER: 'a pepper for tests',
    });
    answers = await all(malformedRequests(gateway.document(), seed), (asked) => answerTo(asked));
  });
  afterAll(async () => {
    process.off('unhandledRejection', note);
    agent.destroy();
    await gateway.stop();
    await redis.stop();
  });

  const answerTo = (asked: Malformed): Promise<Answer> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(gateway.url);
      const { method, path, body, headers } = asked;
      const given = { 'x-api-key': operator, ...headers };
      const length =
        body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': body.length };
      const options = { hostname, port, method, path, agent, headers: { ...length, ...given } };
      let status = 0;
      let text = '';
      const done = (): void => {
        clearTimeout(timer);
        resolve({ asked, status, text });
      };
      const timer = setTimeout(
        () => {
          done();
          sent.destroy();
        },
        waits.test(path) ? longestWaitMs : longestMs,
      );
      const sent: ClientRequest = request(options, (response) => {
        status = response.statusCode ?? 0;
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', done);
        response.on('error', done);
      });
      sent.on('error', (error) => {
        text ||= String(error);
        done();
      });
      sent.end(body);
    });

  const shown = ({ asked, status, text }: Answer) =>
    `${asked.method} ${asked.path.slice(0, 90)}: ${asked.what} → ${status} ${text.slice(0, 200)}`;

  it('are made for every route, two thousand and more, and answered unless they wait', () => {
    expect(answers.length).toBeGreaterThanOrEqual(2_000);
    const silent = answers.filter(({ asked, status }) => status === 0 && !waits.test(asked.path));
    expect(silent.map(shown)).toEqual([]);
    expect(answers.filter(({ status }) => status >= 400).length).toBeGreaterThanOrEqual(1_000);
  });

  it('are never a fault of ours', () => {
    expect(answers.filter(({ status }) => status >= 500).map(shown)).toEqual([]);
    expect(unhandled).toEqual([]);
  });

  it('are refused with the name of what is wrong', () => {
    const nameless = answers.filter(
      (answer) => answer.status >= 400 && answer.status < 500 && !isNamed(answer),
    );
    expect(nameless.map(shown)).toEqual([]);
  });

  it('leave the gateway as it was', async () => {
    expect((await gateway.call('GET /health/ready', { key: '' })).status).toBe(200);
    expect((await gateway.call('GET /threads/none', { key: operator })).status).toBe(404);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  });
});

/** What a refusal says beside its code: text of its own, and the field where the fault is put into one. */
function isNamed({ asked, status, text }: Answer): boolean {
  if (status === 404) return text.length > 10;
  if (!text.startsWith('{')) return false;
  const told = JSON.parse(text) as {
    detail?: string;
    errors?: object;
    error?: { message: string; param: string | null };
  };
  const words = told.error?.message ?? told.detail ?? '';
  const said = `${words} ${told.error?.param ?? ''} ${JSON.stringify(told.errors ?? '')}`;
  return (
    words.length > 10 &&
    (asked.names === undefined || status === 403 || status === 413 || asked.names.test(said))
  );
}

async function all<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, worker));
  return results;
}
