// How a peer speaks with the bench: `POST /run`, `POST /stream`, one line when it is ready, and SIGTERM.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { given } from './work.mjs';

/** A thousand clients may come at once. */
export const backlog = 4096;

/** Tells the bench that work can begin. `pids`: the processes whose cost is this peer's, besides its own. */
export function announce({ pids = [], packages, folder, settings = {} }) {
  const url = `http://127.0.0.1:${given.port}`;
  const versions = Object.fromEntries(packages.map((name) => [name, versionOf(name, folder)]));
  process.stdout.write(
    `${JSON.stringify({ ready: true, url, pids: [process.pid, ...pids], versions, settings })}\n`,
  );
}

/** Calls `close` once, at the first signal, and ends the process in five seconds at the latest. */
export function stopOnSignal(close) {
  const stop = async () => {
    setTimeout(() => process.exit(1), 4500).unref();
    await close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/**
 * A bare `node:http` server before a framework that brings none.
 * `run(work)` resolves to the answer; `stream(work)` is an async iterable of pieces of text.
 */
export function serve({ run, stream }) {
  const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, (request, response) => {
    answer({ run, stream }, request, response).catch((error) => refuse(response, error));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: given.port, host: '127.0.0.1', backlog }, () => resolve(server));
  });
}

async function answer({ run, stream }, request, response) {
  const { work } = JSON.parse(await bodyOf(request));
  if (request.url === '/run') {
    const body = JSON.stringify({ answer: await run(work) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  } else if (request.url === '/stream' && stream !== undefined) {
    await sendEvents(response, stream(work));
  } else {
    response.writeHead(404).end();
  }
}

/** Sends each piece as it comes: one event each, its data a JSON string. */
export async function sendEvents(response, pieces) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for await (const piece of pieces) response.write(`data: ${JSON.stringify(piece)}\n\n`);
  response.end('data: [DONE]\n\n');
}

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

function refuse(response, error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  if (response.headersSent) response.destroy();
  else
    response
      .writeHead(500, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: String(error) }));
}

function versionOf(name, folder) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}
