import type { ServerResponse } from 'node:http';
import type { Environment } from '@lumina/platform';
import type { ModelsOptions } from '../models';
import type { Responder } from './byte-server';
import { Harness } from './harness';
import type { Wire, WireAnswer } from './wires/wire';

/** Sends a whole streamed answer. */
export function play(response: ServerResponse, wire: Wire, answer: WireAnswer, headers: object = {}): void {
  response.writeHead(200, { 'content-type': wire.contentType, ...headers }).end(wire.events(answer).join(''));
}

/** Sends a refusal in the provider's words. */
export function refuse(
  response: ServerResponse,
  wire: Wire,
  { status, message = 'no', headers = {} }: { status: number; message?: string; headers?: object },
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(wire.refusal(status, message));
}

/** A harness whose one provider is a server that speaks this wire. */
export async function harnessOf(
  wire: Wire,
  respond: Responder,
  { keys, env = {}, ...options }: { keys?: string; env?: Environment } & ModelsOptions = {},
): Promise<Harness> {
  return Harness.startFor((url) => ({ ...wire.env(url, keys), ...env }), respond, options);
}
