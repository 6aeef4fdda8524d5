import type { HttpClient, HttpRequest } from '@lumina/platform';
import type { z } from 'zod';
import { type ToolFailure, failure } from '../tool';
import { callFailure } from './web-failure';

export type JsonOutcome<Value> =
  { readonly kind: 'ok'; readonly value: Value; readonly status: number } | ToolFailure;

export interface JsonCall<Schema extends z.ZodType> {
  readonly client: Pick<HttpClient, 'send'>;
  readonly request: HttpRequest;
  readonly schema: Schema;
  /** For people, for example `Serper`. */
  readonly service: string;
  /** The variables that hold the key, for when it is not accepted. */
  readonly keyVariable?: string;
  /** What single statuses mean to this service. */
  readonly onStatus?: Readonly<Record<number, ToolFailure>>;
}

const maxBytes = 1024 * 1024;

/** One question to a service that answers in JSON. The failures are written for the model, and name no key. */
export async function askJson<Schema extends z.ZodType>({
  client,
  request,
  schema,
  service,
  keyVariable,
  onStatus = {},
}: JsonCall<Schema>): Promise<JsonOutcome<z.infer<Schema>>> {
  const answer = await client.send({ maxBytes, timeoutMs: 15_000, maxRedirects: 0, ...request });
  if (answer.kind === 'failed') return callFailure(answer);
  const { status, body } = answer;
  const known = onStatus[status];
  if (known !== undefined) return known;
  if ((status === 401 || status === 403) && keyVariable !== undefined)
    return failure(
      'not_configured',
      `${service} does not accept the request (${status}); whoever runs Lumina must check ${keyVariable}. Go on without it`,
    );
  if (status === 429)
    return failure(
      'unavailable',
      `${service} takes no more requests for now (429); try again later or go on without it`,
    );
  if (status < 200 || status > 299)
    return failure('unavailable', `${service} answered ${status}; try again later or go on without it`);
  const parsed = schema.safeParse(jsonOf(body));
  if (!parsed.success)
    return failure('unavailable', `${service} answered with something that is not understood`);
  return { kind: 'ok', value: parsed.data, status };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // fits no schema
  }
}
