import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { mayEnter } from './http/access';
import { type CompletionContext, complete, sendError, simulatedModel } from './http/completions';
import { RequestLog, type RequestRecord } from './http/request-log';
import { createTimerWheel } from './http/timer-wheel';
import type { ScenarioBook } from './scenario/book';
import { AttemptCounter } from './scenario/cast';

export interface ModelSimOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Absent: the rule-based planner answers everything. */
  readonly scenario?: ScenarioBook;
  /** Absent: anyone may ask. */
  readonly requireKey?: string;
}

export interface ModelSim {
  /** Without a trailing slash; the API is below `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections, answers in flight included. */
  close(): Promise<void>;
}

interface Shell extends CompletionContext {
  readonly log: RequestLog;
  readonly requireKey: string | undefined;
  readonly startedMs: number;
  nextId(): string;
}

const keepAliveMs = 120_000;
/** Load tests connect by the thousand at once; a full queue would cost them a second each. */
const backlog = 4096;

/** @throws when the port cannot be listened on */
export async function startModelSim(options: ModelSimOptions): Promise<ModelSim> {
  const shell = createShell(options);
  const server = createServer({ noDelay: true, keepAliveTimeout: keepAliveMs }, (request, response) => {
    handle(shell, request, response).catch((error: unknown) => {
      sendError(response, { status: 500, message: String(error), code: 'server_error', param: null });
    });
  });
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${String(address.port)}`,
    port: address.port,
    close: () => close(server, shell),
  };
}

function createShell(options: ModelSimOptions): Shell {
  const instance = randomBytes(4).toString('hex');
  let count = 0;
  return {
    book: options.scenario ?? { scenarios: [] },
    attempts: new AttemptCounter(),
    wheel: createTimerWheel(),
    log: new RequestLog(),
    requireKey: options.requireKey,
    startedMs: Date.now(),
    nextId: () => {
      count += 1;
      return `sim-${instance}-${count.toString(36)}`;
    },
  };
}

const listen = (server: Server, options: ModelSimOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.host, backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const close = (server: Server, shell: Shell): Promise<void> =>
  new Promise((resolve) => {
    shell.wheel.stop();
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });

async function handle(shell: Shell, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path.startsWith('/v1/')) {
    await handleApi(shell, path, request, response);
    return;
  }
  request.resume();
  const page = pageOf(shell, `${request.method ?? ''} ${path}`);
  if (page === undefined) notFound(response, request.method ?? '', path);
  else sendJson(response, page);
}

function pageOf(shell: Shell, route: string): object | undefined {
  switch (route) {
    case 'GET /health/live':
    case 'GET /health/ready':
      return { status: 'ok', simulated: true };
    case 'GET /sim/requests':
      return shell.log.list();
    case 'GET /sim/stats':
      return { uptimeMs: Date.now() - shell.startedMs, ...processCost(), ...shell.log.stats() };
    case 'DELETE /sim/requests':
      shell.log.clear();
      shell.attempts.clear();
      return { cleared: true };
    default:
      return undefined;
  }
}

/** CPU of the whole process, which in a test is the test's too. */
function processCost(): { readonly cpuMs: number; readonly memoryBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: Math.round((user + system) / 1000), memoryBytes: process.memoryUsage.rss() };
}

async function handleApi(
  shell: Shell,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const record = keepRecord(shell, path, response);
  response.setHeader('x-request-id', record.id);
  if (!mayEnter(shell.requireKey, request.headers.authorization)) {
    record.outcome = 'unauthorized';
    request.resume();
    const message = 'the API key is missing or wrong; send it as Authorization: Bearer KEY';
    sendError(response, { status: 401, message, code: 'invalid_api_key', param: null });
  } else if (request.method === 'POST' && path === '/v1/chat/completions') {
    await complete(request, response, shell, record);
  } else {
    request.resume();
    handleModels(shell, request.method ?? '', { path, record, response });
  }
}

function handleModels(
  shell: Shell,
  method: string,
  asked: { readonly path: string; readonly record: RequestRecord; readonly response: ServerResponse },
): void {
  const models = modelsOf(shell.book);
  const name = /^\/v1\/models\/(.+)$/.exec(asked.path)?.[1];
  const model = models.find(({ id }) => id === name);
  asked.record.outcome = 'answered';
  if (method === 'GET' && asked.path === '/v1/models')
    sendJson(asked.response, { object: 'list', data: models });
  else if (method === 'GET' && model !== undefined) sendJson(asked.response, model);
  else {
    asked.record.outcome = 'invalid_request';
    notFound(asked.response, method, asked.path);
  }
}

function modelsOf(
  book: ScenarioBook,
): { readonly id: string; readonly object: 'model'; readonly created: number; readonly owned_by: string }[] {
  const names = new Set([simulatedModel, ...book.scenarios.flatMap(({ model }) => model ?? [])]);
  return [...names].map((id) => ({ id, object: 'model', created: 0, owned_by: 'lumina-simulated' }));
}

/** The record ends with the response, whoever ends it. */
function keepRecord(shell: Shell, path: string, response: ServerResponse): RequestRecord {
  const startMs = performance.now();
  const record: RequestRecord = {
    id: shell.nextId(),
    time: new Date().toISOString(),
    path,
    model: null,
    stream: false,
    messages: 0,
    tools: [],
    scenario: null,
    turn: null,
    attempt: null,
    outcome: 'received',
    status: null,
    disconnectedByClient: false,
    durationMs: null,
  };
  const end = shell.log.begin(record);
  response.once('close', () => {
    // Queued behind the playback, which still has to say how it ended.
    setImmediate(() => {
      record.status = response.headersSent ? response.statusCode : null;
      record.disconnectedByClient = !response.writableFinished && !isEndedByScript(record.outcome);
      if (record.disconnectedByClient && isUnsettled(record.outcome)) record.outcome = 'disconnected';
      record.durationMs = Math.round((performance.now() - startMs) * 10) / 10;
      end();
    });
  });
  return record;
}

const isEndedByScript = (outcome: string): boolean =>
  outcome === 'broken' || outcome === 'connection_rejected';
const isUnsettled = (outcome: string): boolean =>
  outcome === 'received' || outcome === 'in_flight' || outcome === 'answered';

function sendJson(response: ServerResponse, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function notFound(response: ServerResponse, method: string, path: string): void {
  const message = `there is no ${method} ${path}`;
  sendError(response, { status: 404, message, code: 'unknown_url', param: null });
}
