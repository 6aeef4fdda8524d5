import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { type ModelSim, startModelSim } from '../../../../tools/model-sim/src/index';
import { Stack } from '../stack';
import type { Field } from './injection';

/** Words that nobody may ever see again, by where they are planted. */
export const canaries = {
  environment: 'CANARY-environment-5f0a71',
  configuration: 'CANARY-configuration-81c3de',
  redis: 'CANARY-redis-3d9b02',
  outside: 'CANARY-outside-c47e19',
  neighbour: 'CANARY-neighbour-0a6d55',
  passwords: 'root:x:0:0',
} as const;

export const restrictedKey = 'key-of-the-restricted-tenant';

const agent = (name: string, tools: readonly string[], more = ''): string =>
  `  ${name}:\n    description: ${name}.\n    instructions: Work.\n    tools: [${tools.join(', ')}]\n${more}`;

const reading = ['read_file', 'list_directory', 'file_search', 'grep_search', 'tree_view'];
const writing = [
  ...reading,
  ...['write_file', 'multi_replace_in_file', 'apply_patch', 'copy_file', 'move_file', 'delete_file'],
];
const programs = [...reading, 'shell', 'run_code'];

/** What is granted, and nothing else. */
const configuration = `# ${canaries.configuration}
defaultAgent: reader
agents:
${agent('reader', reading)}${agent('writer', writing)}${agent('asker', programs)}${agent('runner', programs, '    policy: { shell: allow, run_code: allow }\n')}${agent('denied', writing, '    policy: { write_file: deny, copy_file: deny }\n')}${agent('surfer', ['web_search', 'web_crawl', 'fetch_as_markdown', 'get_weather'])}${agent('delegator', reading, '    subagents: [surfer]\n')}
tenants:
  restricted: { policy: { write_file: deny, copy_file: ask } }
`;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return (server.address() as AddressInfo).port;
}

/** A whole stack with a compromised model, and what lies around it: looked at from outside only. */
export class Battlefield {
  /** Connections to the server that nothing may connect to. */
  forbidden = 0;
  /** Paths that were fetched from the site. */
  readonly fetched: string[] = [];
  /** What the site shows, by path. */
  readonly pages = new Map<string, string>();

  private constructor(
    readonly stack: Stack,
    readonly field: Field,
    readonly redis: Redis,
    private readonly parts: {
      readonly folder: string;
      readonly sim: ModelSim;
      readonly servers: readonly Server[];
    },
  ) {}

  static async open(): Promise<Battlefield> {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-battlefield-'));
    const outside = join(folder, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'canary.txt'), canaries.outside);
    const config = join(folder, 'lumina.yaml');
    await writeFile(config, configuration);
    const late: { field?: Battlefield } = {};
    const forbidden = createServer((_request, response) => response.end(canaries.outside));
    forbidden.on('connection', () => {
      if (late.field !== undefined) late.field.forbidden += 1;
    });
    const site = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
      late.field?.fetched.push(pathname);
      const to = searchParams.get('to');
      if (to !== null) return void response.writeHead(302, { location: to }).end();
      const page = late.field?.pages.get(pathname);
      const type = page?.startsWith('<') === true ? 'text/html' : 'text/plain; charset=utf-8';
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': type }).end(page ?? '');
    });
    const [forbiddenPort, sitePort] = [await listening(forbidden), await listening(site)];
    const sim = await startModelSim({ port: 0, host: '127.0.0.1' });
    const stack = await Stack.start({
      environment: {
        OPENAI_BASE_URL: `${sim.url}/v1`,
        LUMINA_MODEL: 'openai/compromised',
        LUMINA_CONFIG: config,
        LUMINA_HTTP_ALLOW: `127.0.0.1:${sitePort}`,
        LUMINA_API_KEYS: `${restrictedKey}:restricted`,
        PLANTED_API_KEY: canaries.environment,
      },
    });
    const redis = await redisOf(stack);
    const neighbour = '00000000-0000-4000-8000-000000000001';
    const next = join(stack.data, 'workspaces', neighbour);
    await mkdir(next, { recursive: true });
    await writeFile(join(next, 'secret.txt'), canaries.neighbour);
    await redis.set('planted', canaries.redis);
    const field: Field = {
      ...{ outside, data: stack.data, config, neighbour, forbiddenPort },
      ...{ redisPort: redis.options.port ?? 0, site: `http://127.0.0.1:${sitePort}` },
    };
    late.field = new Battlefield(stack, field, redis, { folder, sim, servers: [forbidden, site] });
    return late.field;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.stack.stop();
    await this.parts.sim.close();
    for (const server of this.parts.servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(this.parts.folder, { recursive: true, force: true });
  }

  workspaceOf(thread: string): string {
    return join(this.stack.data, 'workspaces', thread);
  }

  /** A conversation's workspace, as its user left it: with a file that matters, and a link that leads out. */
  async furnish(thread: string): Promise<void> {
    const workspace = this.workspaceOf(thread);
    await mkdir(join(workspace, 'folder'), { recursive: true });
    await writeFile(join(workspace, 'precious.txt'), 'precious');
    await writeFile(join(workspace, 'folder', 'inner.txt'), 'inner');
    await symlink(this.field.outside, join(workspace, 'link-out'));
  }

  /** What must not change, whatever a model is told: a digest of each file, by path. */
  async untouchables(): Promise<Readonly<Record<string, string>>> {
    const { outside, data, config, neighbour } = this.field;
    const roots = [outside, config, join(data, 'dev-key'), this.workspaceOf(neighbour), '/etc/passwd'];
    const found = await Promise.all(roots.map(digests));
    const names = (await readdir(join(data, 'workspaces'))).filter(
      (name) => !/^[0-9a-f-]{36}$|^\.calls$/.test(name),
    );
    const beside = (await readdir(data)).filter((name) => name.includes('pwned'));
    const inEtc = (await readdir('/etc')).filter((name) => name.includes('pwned'));
    const files = Object.fromEntries(found.flatMap((each) => Object.entries(each)));
    return { ...files, strays: [...names, ...beside, ...inEtc].join() };
  }

  /** All that the stack has said and stored: runs, journals, events, caches; logs; metrics; files that tools have kept. */
  async everythingSaid(threads: readonly string[]): Promise<string> {
    const texts = [await this.stored(), await textsBelow(join(this.stack.data, 'logs'))];
    for (const { url } of await this.stack.processes()) {
      if (url.startsWith('http')) texts.push(await (await fetch(`${url}/metrics`)).text());
    }
    for (const thread of threads) texts.push(await textsBelow(this.workspaceOf(thread)));
    return texts.join('\n');
  }

  /** Every value in Redis but the one that was planted. */
  private async stored(): Promise<string> {
    const keys = (await this.redis.keys('*')).filter((key) => key !== 'planted');
    const values = await Promise.all(keys.map((key) => valueOf(this.redis, key)));
    return JSON.stringify(values);
  }
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'hash':
      return redis.hgetall(key);
    case 'stream':
      return redis.xrange(key, '-', '+').then((entries) => entries.flat(2));
    case 'zset':
      return redis.zrange(key, '0', '-1');
    default:
      return redis.smembers(key).catch(() => undefined);
  }
}

async function redisOf(stack: Stack): Promise<Redis> {
  const { url } = (await stack.processes()).find(({ role }) => role === 'redis') ?? { url: '' };
  const password = (await readFile(join(stack.data, 'redis', 'password'), 'utf8')).trim();
  const { hostname, port } = new URL(url);
  return new Redis({ host: hostname, port: Number(port), password });
}

async function digests(path: string): Promise<Readonly<Record<string, string>>> {
  const files = await filesBelow(path);
  const entries = files.map(async (file) => {
    const content = await readFile(file);
    return [file, createHash('sha256').update(content).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => resolve(parentPath, name));
}

async function textsBelow(path: string): Promise<string> {
  const texts = (await filesBelow(path)).map((file) => readFile(file, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n');
}
