import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { SettingsError } from '../config';
import { ConfigurationError } from '../files/yaml-file';
import { serviceLogs } from '../logs/log-destination';
import { LogLevels } from '../logs/log-level';
import { traceOf, traceRequests } from '../traces/request-traces';
import type { Tracing } from '../traces/tracing';
import { endLeaving, leaveWhenAsked, onceAsked } from './early-signals';
import {
  type HttpLimits,
  capAnswers,
  capConnections,
  refuseUnreadable,
  refuseUnroutable,
  serverOptions,
} from './http-limits';
import { partWithClients, takeLeave } from './leave-taking';
import { REQUEST_LOG, type RequestLog, logRequests } from './request-log';
import { measureRequests } from './request-metrics';

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  /** After this the process goes even if something still holds it. */
  readonly drainTimeoutMs: number;
  /** How much of that it takes to end its streams; 0 by default. */
  readonly partingMs?: number;
  readonly tracing?: Pick<Tracing, 'close'> | undefined;
}

export interface ServiceOptions extends HttpLimits {
  /** Given, each request is a span. */
  readonly tracing?: Tracing | undefined;
}

/**
 * Builds one service's Nest application on Fastify. Headers and bodies must arrive within seconds, and answers be taken, so that a
 * slow client cannot hold a connection for nothing. The header `x-request-id` names each request as its line in the log does.
 */
export async function createService(
  module: DynamicModule,
  limits: ServiceOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.bodyBytes,
    http: serverOptions(limits),
    requestTimeout: limits.requestMs ?? 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    trustProxy: false,
    routerOptions: { maxParamLength: 256 },
    genReqId: () => randomUUID(),
    frameworkErrors: refuseUnroutable(limits),
    clientErrorHandler: refuseUnreadable,
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id);
    done();
  });
  measureRequests(adapter.getInstance(), traceOf);
  logRequests(adapter.getInstance(), () => requestLog);
  capAnswers(adapter.getInstance(), limits);
  capConnections(adapter.getHttpServer(), limits);
  partWithClients(adapter.getInstance());
  if (limits.tracing !== undefined) traceRequests(adapter.getInstance(), limits.tracing);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bufferLogs: true });
  const requestLog = app.get<RequestLog>(REQUEST_LOG);
  app.useLogger(app.get(Logger));
  return app;
}

/** On SIGUSR2 the process says more for a quarter of an hour; it needs neither Redis nor an answer over HTTP. */
function listenForLevel(app: NestFastifyApplication): void {
  const levels = new LogLevels(() => [PinoLogger.root, ...serviceLogs]);
  process.on('SIGUSR2', () => {
    levels.raise();
    app.get(Logger).warn('log level: debug for 15 minutes (SIGUSR2)');
  });
}

/** Listens, and on SIGTERM or SIGINT, also while it begins to, closes the application (its modules drain) and exits 0. */
export async function serve(
  app: NestFastifyApplication,
  { host, port, tracing, ...times }: ServiceAddress,
): Promise<void> {
  const listening = app.listen(port, host);
  let isStopping = false;
  onceAsked(() => {
    isStopping = true;
    void shutDown(app, times, { listening, tracing });
  });
  endLeaving();
  try {
    await listening;
  } catch (error) {
    if (isStopping) return;
    throw error;
  }
  const url = await app.getUrl();
  listenForLevel(app);
  app.get(Logger).log(`listening on ${url}`);
  process.send?.({ type: 'listening', url });
}

/** How long requests under way may take to end once the streams have. */
const lastRequestsMs = 2_000;
/** How long a service that is asked to stop while it begins may take to have begun: closed half-way it would leave things open. */
const beginningMs = 2_000;

async function shutDown(
  app: INestApplication,
  { drainTimeoutMs, partingMs = 0 }: Pick<ServiceAddress, 'drainTimeoutMs' | 'partingMs'>,
  { listening, tracing }: Pick<ServiceAddress, 'tracing'> & { readonly listening: Promise<unknown> },
): Promise<void> {
  const server = app.getHttpServer() as Server;
  takeLeave(server);
  const timers = [
    // A second over the drain: what still hangs then is let go, and its leases end by themselves.
    setTimeout(() => process.exit(0), drainTimeoutMs + 1_000),
    // A connection that a client opened and never used counts as busy and would hold the process.
    setTimeout(() => server.closeAllConnections(), partingMs + lastRequestsMs),
  ];
  try {
    await Promise.race([listening, new Promise((resolve) => setTimeout(resolve, beginningMs))]);
    await app.close();
  } catch (error) {
    app.get(Logger).error(error);
  }
  await tracing?.close();
  timers.forEach(clearTimeout);
  process.exit(0);
}

/** Runs a service's main function; what stops it from starting is said in one line, not in a stack. */
export function runMain(name: string, main: () => Promise<void>): void {
  leaveWhenAsked();
  main().catch((error: unknown) => {
    const isExpected = error instanceof SettingsError || error instanceof ConfigurationError;
    const text =
      error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${name} cannot start: ${text}\n`);
    process.exit(isExpected ? 2 : 1);
  });
}
