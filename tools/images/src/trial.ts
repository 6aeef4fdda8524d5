import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  KeptProcess,
  RedisNode,
  type Release,
  commandLine,
  eventually,
  freePorts,
  imageUser,
  launchOf,
  pause,
} from '@lumina/testbed';
import { type Image, imageName, services, simulatedModel } from './builds';
import { type Engine, searchPath } from './engine';

const host = '127.0.0.1';
const readyMs = 120_000;
const stopMs = 30_000;
const apiKey = 'images-trial';
const answer = 'It is 42.';

/** A model that has a program run in the executor's sandbox, and then answers. */
const scenario = `scenarios:
  trial:
    match: 'six times seven'
    turns:
      - tool_calls: [{ name: run_code, args: { language: javascript, code: 'console.log(6 * 7)' } }]
      - text: '${answer}'
`;

const agents = `defaultAgent: trial
agents:
  trial:
    description: Works out what it is asked.
    instructions: Work it out.
    tools: [run_code]
    policy: { run_code: allow }
`;

/** One thing that was seen, or was not. */
export interface Finding {
  readonly what: string;
  /** Undefined: as it should be. */
  readonly fault: string | undefined;
  readonly detail: string;
}

interface Place {
  readonly image: Image;
  readonly url: string;
  readonly process: KeptProcess;
}

/** All images together, each confined as a pod would be, on the loopback interface beside a Redis; the model follows a script. */
export class Trial {
  private constructor(
    private readonly engine: Engine,
    private readonly places: readonly Place[],
    private readonly redis: KeptProcess,
  ) {}

  static async start(engine: Engine, tag: string, folder: string): Promise<Trial> {
    const logs = join(folder, 'logs');
    const workspaces = join(folder, 'workspaces');
    for (const path of [logs, workspaces]) mkdirSync(path, { recursive: true });
    chownSync(workspaces, imageUser, imageUser);
    const files = { scenario: join(folder, 'scenario.yaml'), config: join(folder, 'lumina.yaml') };
    writeFileSync(files.scenario, scenario);
    writeFileSync(files.config, agents);
    const [redisPort = 0, modelPort = 0, ...ports] = await freePorts(2 + services.length);
    const redis = new RedisNode(logs, { host, prefix: [], port: redisPort, index: 0, settings: [] });
    redis.start(undefined);
    await redis.process.ready();
    const env = {
      LUMINA_REDIS_URL: `redis://${host}:${redisPort}`,
      LUMINA_API_KEYS: `${apiKey}:trial`,
      LUMINA_CONFIG: files.config,
      LUMINA_WORKSPACE_ROOT: workspaces,
      LUMINA_MODEL: 'openai/scripted',
      OPENAI_BASE_URL: `http://${host}:${modelPort}/v1`,
    };
    const folders = [
      { path: files.config, isWritable: false },
      { path: files.scenario, isWritable: false },
      { path: workspaces, isWritable: true },
    ];
    const release: Release = { kind: 'images', name: tag, engine: engine.url, tag, folders };
    const places = services.map((service, index) =>
      place(service, { port: ports[index] ?? 0, release, env, logs, args: [] }),
    );
    const args = ['--host', host, '--port', String(modelPort), '--scenario', files.scenario];
    const model = place(simulatedModel, { port: modelPort, release, env: {}, logs, args });
    // The services are stopped before what they ask.
    return new Trial(engine, [...places, model], redis.process);
  }

  /** Everything that is promised of the images, one after the other. */
  async findings(): Promise<readonly Finding[]> {
    for (const { process } of this.places) process.start();
    const found: Finding[] = [];
    for (const { image, process } of this.places)
      found.push(await seen(`${image} is ready`, () => process.ready(readyMs).then(() => '')));
    found.push(...(await this.confinement()));
    found.push(await seen('the simulated model answers without a script', () => this.completion()));
    found.push(await seen('a run ends well, with a program in the sandbox', () => this.run()));
    for (const { image, process } of this.places)
      found.push(
        await seen(`${image} ends with 0 on SIGTERM`, async () => {
          const began = performance.now();
          await process.stop('SIGTERM', stopMs);
          const { code, signal } = process.deaths.at(-1) ?? { code: null, signal: null };
          if (code !== 0) throw new Error(`it ended with ${String(code ?? signal)}`);
          return `${((performance.now() - began) / 1_000).toFixed(1)} s`;
        }),
      );
    return found;
  }

  async stop(): Promise<void> {
    const all = [...this.places.map(({ process }) => process), this.redis];
    await Promise.all(all.map((process) => process.stop('SIGTERM', stopMs)));
  }

  /** What the kernel says about process 1 of each container: its user, its capabilities, its root. */
  private async confinement(): Promise<readonly Finding[]> {
    const { engine } = this;
    return Promise.all(
      this.places.map(({ image, url }) =>
        seen(`${image} is confined`, async () => {
          const id = await containerAt(engine, url);
          const look = `
            const { readFileSync, writeFileSync } = require('node:fs');
            const status = readFileSync('/proc/1/status', 'utf8');
            const of = (name) => new RegExp('^' + name + ':\\\\s*(.*)$', 'm').exec(status)[1];
            let written = '';
            for (const path of ['/x', '/lumina/x', '/usr/local/bin/node', '/lumina/dist/x'])
              try { writeFileSync(path, ''); written += path + ' '; } catch {}
            console.log(JSON.stringify({ uid: of('Uid'), gid: of('Gid'), caps: of('CapEff') + of('CapBnd'), noNew: of('NoNewPrivs'), written }));`;
          const said = await engine.docker(['exec', id, '/usr/local/bin/node', '--eval', look]);
          const { uid, gid, caps, noNew, written } = JSON.parse(said) as Record<string, string>;
          const isUser = [uid, gid].every((ids) =>
            ids?.split(/\s+/).every((one) => one === String(imageUser)),
          );
          if (!isUser) throw new Error(`it runs as ${String(uid)} / ${String(gid)}`);
          if (!/^0+$/.test(caps ?? '')) throw new Error(`it has capabilities: ${String(caps)}`);
          if (noNew !== '1') throw new Error('it may gain privileges');
          if (written !== '') throw new Error(`it can write to ${written}`);
          return `user and group ${imageUser}, no capability, nothing of its root can be written`;
        }),
      ),
    );
  }

  private urlOf(wanted: Image): string {
    return this.places.find(({ image }) => image === wanted)?.url ?? '';
  }

  private async completion(): Promise<string> {
    const response = await fetch(`${this.urlOf(simulatedModel)}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'Who are you?' }] }),
      signal: AbortSignal.timeout(readyMs),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`it answered ${response.status}: ${body.slice(0, 300)}`);
    const { choices } = JSON.parse(body) as { choices: { message: { content: string | null } }[] };
    const content = choices[0]?.message.content ?? '';
    if (!/simulated/i.test(content)) throw new Error(`it does not say what it is: ${content.slice(0, 300)}`);
    return 'it says that it is simulated';
  }

  private async run(): Promise<string> {
    const response = await fetch(`${this.urlOf('gateway')}/runs/wait`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({
        assistant_id: 'trial',
        input: { messages: [{ role: 'user', content: 'What is six times seven?' }] },
      }),
      signal: AbortSignal.timeout(readyMs),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${body.slice(0, 300)}`);
    const { messages } = JSON.parse(body) as { messages: { type: string; content: string }[] };
    const tool = messages.find(({ type }) => type === 'tool')?.content ?? '';
    if (!tool.includes('42')) throw new Error(`the program said: ${tool.slice(0, 300)}`);
    if (messages.at(-1)?.content !== answer) throw new Error(`the answer is ${body.slice(-300)}`);
    return 'it printed 42';
  }
}

interface Launching {
  readonly port: number;
  readonly release: Release;
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
  /** After the image's own. */
  readonly args: readonly string[];
}

function place(image: Image, { port, release, env, logs, args }: Launching): Place {
  const url = `http://${host}:${port}`;
  const own = { ...env, LUMINA_HOST: host, PORT: String(port) };
  const { command, env: given, hasChannel } = launchOf(release, image, { prefix: [], env: own });
  const process = new KeptProcess({
    name: image,
    ...commandLine([...command, ...args]),
    env: { ...given, PATH: searchPath },
    logFile: join(logs, `${image}.log`),
    hasChannel,
    isReady: async () => (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) })).ok,
    restartAfterMs: undefined,
  });
  return { image, url, process };
}

async function containerAt(engine: Engine, url: string): Promise<string> {
  const port = new URL(url).port;
  const ids = (await engine.docker(['ps', '--quiet', '--no-trunc'])).trim().split('\n');
  for (const id of ids) {
    const env = await engine.docker(['inspect', '--format', '{{json .Config.Env}}', id]);
    if ((JSON.parse(env) as string[]).includes(`PORT=${port}`)) return id;
  }
  throw new Error(`no container listens at ${url}`);
}

const askAgainMs = 250;

/**
 * A container that is asked to stop while it starts goes, too. It is asked until it does: before Node has come so far as to load anything,
 * tenths of a second after its begin, or more where the machine is busy, the kernel withholds the signal from process 1. Without Redis it stays in its start.
 */
export async function earlyStop(engine: Engine, tag: string): Promise<readonly Finding[]> {
  const env = ['LUMINA_REDIS_URL=redis://127.0.0.1:1', `LUMINA_API_KEYS=${apiKey}:trial`];
  const options = ['--network', 'none', '--read-only', ...env.flatMap((one) => ['--env', one])];
  const findings: Finding[] = [];
  for (const service of services)
    findings.push(
      await seen(`${service} goes when it is asked to while it starts`, async () => {
        const id = (await engine.docker(['run', '--detach', ...options, imageName(service, tag)])).trim();
        try {
          await eventually('it goes', () => hasGone(engine, id), stopMs);
          const code = (await engine.docker(['wait', id])).trim();
          if (code !== '0') throw new Error(`it ended with ${code}`);
          return '';
        } finally {
          await engine.docker(['rm', '--force', id]);
        }
      }),
    );
  return findings;
}

/** Asks it to go, and says whether it has. */
async function hasGone(engine: Engine, id: string): Promise<boolean> {
  await engine.docker(['kill', '--signal', 'SIGTERM', id]).catch(() => undefined);
  await pause(askAgainMs);
  const running = await engine.docker(['inspect', '--format', '{{.State.Running}}', id]);
  return running.trim() === 'false';
}

async function seen(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, fault: undefined, detail: await look() };
  } catch (error) {
    return { what, fault: (error as Error).message, detail: '' };
  }
}
