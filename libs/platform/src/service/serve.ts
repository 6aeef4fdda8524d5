import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { SettingsError } from '../config';
import { ConfigurationError } from '../files/yaml-file';
import { endLeaving, leaveWhenAsked, onceAsked } from './early-signals';
import { measureRequests } from './request-metrics';

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  /** After this the process goes even if something still holds it. */
  readonly drainTimeoutMs: number;
}

export interface HttpLimits {
  readonly bodyBytes: number;
}

/**
 * Builds one service's Nest application on Fastify. Headers and bodies must arrive within seconds, so that a slow sender
 * cannot hold a connection for nothing. The header `x-request-id` names each request as its line in the log does.
 */
export async function createService(
  module: DynamicModule,
  limits: HttpLimits,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.bodyBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    trustProxy: false,
    routerOptions: { maxParamLength: 256 },
    genReqId: () => randomUUID(),
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id);
    done();
  });
  measureRequests(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  return app;
}

/** Listens, and on SIGTERM or SIGINT, also while it begins to, closes the application (its modules drain) and exits 0. */
export async function serve(
  app: NestFastifyApplication,
  { host, port, drainTimeoutMs }: ServiceAddress,
): Promise<void> {
  const listening = app.listen(port, host);
  let isStopping = false;
  onceAsked(() => {
    isStopping = true;
    void shutDown(app, drainTimeoutMs, listening);
  });
  endLeaving();
  try {
    await listening;
  } catch (error) {
    if (isStopping) return;
    throw error;
  }
  const url = await app.getUrl();
  app.get(Logger).log(`listening on ${url}`);
  process.send?.({ type: 'listening', url });
}

/** How long requests under way may take to end once the service has drained. */
const lastRequestsMs = 2_000;
/** How long a service that is asked to stop while it begins may take to have begun: closed half-way it would leave things open. */
const beginningMs = 2_000;

async function shutDown(
  app: INestApplication,
  drainTimeoutMs: number,
  listening: Promise<unknown>,
): Promise<void> {
  const server = app.getHttpServer() as Server;
  const timers = [
    // A second over the drain: what still hangs then is let go, and its leases end by themselves.
    setTimeout(() => process.exit(0), drainTimeoutMs + 1_000),
    // A connection that a client opened and never used counts as busy and would hold the process.
    setTimeout(() => server.closeAllConnections(), lastRequestsMs),
  ];
  try {
    await Promise.race([listening, new Promise((resolve) => setTimeout(resolve, beginningMs))]);
    await app.close();
  } catch (error) {
    app.get(Logger).error(error);
  }
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
