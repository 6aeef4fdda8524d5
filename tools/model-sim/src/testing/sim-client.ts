/** What the tests over HTTP share: simulators on free ports and readers of what they answer. */
import { type ModelSim, parseScenario, startModelSim } from '../index';

let sims: ModelSim[] = [];
/** Closes what `start` started. */
export async function closeAll(): Promise<void> {
  await Promise.all(sims.map((sim) => sim.close()));
  sims = [];
}

export async function start(yaml?: string, requireKey?: string): Promise<ModelSim> {
  const sim = await startModelSim({
    port: 0,
    host: '127.0.0.1',
    ...(yaml === undefined ? {} : { scenario: parseScenario(yaml) }),
    ...(requireKey === undefined ? {} : { requireKey }),
  });
  sims.push(sim);
  return sim;
}

export const hello = { model: 'simulated', messages: [{ role: 'user', content: 'hello' }] };

interface PostOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export const post = (sim: ModelSim, body: unknown = hello, options: PostOptions = {}): Promise<Response> =>
  fetch(`${sim.url}/v1/chat/completions`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...options,
  });

export const get = async (sim: ModelSim, path: string): Promise<unknown> =>
  (await fetch(sim.url + path)).json();

interface Chunk {
  readonly choices: readonly {
    readonly delta: { content?: string; role?: string; tool_calls?: unknown[] };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: unknown;
}

export const eventsOf = (text: string): string[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
export const chunksOf = (text: string): Chunk[] =>
  eventsOf(text)
    .filter((event) => event !== '[DONE]')
    .map((event) => JSON.parse(event) as Chunk);
export const textOf = (chunks: readonly Chunk[]): string =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

export async function eventually(check: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
