import type { ResponseHead } from '../http/exchange';
import type { ModelFailure } from '../provider';
import { retryAfterMs } from '../retry-delay';
import { type EndpointIdentity, placeOf } from './endpoint-identity';
import { objectOf, parseObject, stringOf } from './json-value';
import { redacted } from './redaction';

export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers: ResponseHead['headers'];
}

export interface RefusalContext {
  readonly identity: EndpointIdentity;
  readonly model: string;
  readonly key: string | undefined;
  readonly epochMs: number;
}

interface ProviderError {
  readonly message: string;
  readonly code: string;
}

/** The provider's words out of the forms that servers use: `{error: {message}}`, `{error: ""}`, `{message}`, `{detail}`. */
function providerError(body: string): ProviderError {
  const document = parseObject(body);
  const error = objectOf(document?.['error']);
  const words = [error?.['message'], document?.['error'], document?.['message'], document?.['detail']];
  const message = words.map(stringOf).find((word) => word !== undefined);
  const code = stringOf(error?.['code']) ?? stringOf(error?.['type']) ?? '';
  if (message !== undefined) return { message, code };
  return { message: document === undefined && !body.trimStart().startsWith('<') ? body : '', code };
}

const ownFault = new Set([400, 413, 422]);
const transient = new Set([408, 429]);
const spent = /insufficient_quota|billing|credit/;

/** Each server says in its own words that the context of its model is too small. */
const tooLong =
  /context[ _-]?(length|window|size)|maximum context|prompt is too long|input (is|was) too long|too many (input )?tokens|exceeds? .{0,40}\btokens\b/i;

const isTooLong = (status: number, message: string, code: string): boolean =>
  code === 'context_length_exceeded' || (ownFault.has(status) && tooLong.test(message));

function unauthorized(place: string, status: number, { identity, key }: RefusalContext): ModelFailure {
  const { keyVariable, urlVariable } = identity;
  const advice =
    keyVariable === undefined
      ? `check ${urlVariable}: this provider is asked without a key`
      : key === undefined
        ? `set ${keyVariable} (or ${keyVariable}_FILE)`
        : `check that ${keyVariable} is a valid key for this address and may use this model`;
  return {
    code: 'LUM_MODEL_REJECTED',
    message: `${place} refused access (HTTP ${String(status)}): ${advice}`,
    remedy: 'next-model',
    isKeyRefused: true,
  };
}

function unknownModel(place: string, said: string, { identity, model }: RefusalContext): ModelFailure {
  const advice =
    identity.provider === 'ollama'
      ? `run \`ollama pull ${model}\`, or choose another in LUMINA_MODEL`
      : `check the model's name (LUMINA_MODEL, or the agent's models) and the path in ${identity.urlVariable}`;
  return {
    code: 'LUM_MODEL_UNKNOWN',
    message: `${place} was not found (HTTP 404${said}): ${advice}`,
    remedy: 'next-model',
  };
}

function overloaded(place: string, said: string, refusal: Refusal, context: RefusalContext): ModelFailure {
  const waitMs = retryAfterMs(refusal.headers, context.epochMs);
  const what = refusal.status === 429 ? 'is limiting requests' : 'failed';
  return {
    code: 'LUM_MODEL_UNAVAILABLE',
    message: `${place} ${what} (HTTP ${String(refusal.status)}${said}): try again later, or add a fallback to LUMINA_MODEL`,
    remedy: 'retry',
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

const rejected = (message: string, remedy: 'next-model' | 'give-up'): ModelFailure => ({
  code: 'LUM_MODEL_REJECTED',
  message,
  remedy,
});

/** A status that is no answer → what it means, where it happened and what to do. */
export function refusalFailure(refusal: Refusal, context: RefusalContext): ModelFailure {
  const { status } = refusal;
  const place = placeOf(context.identity, context.model);
  const { message, code } = providerError(refusal.body);
  const words = redacted(message, context.key);
  const said = words === '' ? '' : `: ${words}`;
  const http = `(HTTP ${String(status)}${said})`;
  if (status === 401 || status === 403) return unauthorized(place, status, context);
  if (status === 404 || code === 'model_not_found') return unknownModel(place, said, context);
  if (status === 402 || (status === 429 && spent.test(code))) {
    return rejected(`${place} has no credit left ${http}: check the account's billing`, 'next-model');
  }
  if (isTooLong(status, message, code)) {
    const words = `${place} cannot take a conversation this long ${http}`;
    return { code: 'LUM_CONTEXT_TOO_LONG', message: words, remedy: 'shorten' };
  }
  if (ownFault.has(status)) {
    return rejected(`${place} cannot take this request ${http}: shorten or correct it`, 'give-up');
  }
  if (transient.has(status) || status >= 500) return overloaded(place, said, refusal, context);
  if (status >= 300 && status < 400) {
    const advice = `set ${context.identity.urlVariable} to the final address: redirects are not followed`;
    return rejected(`${place} redirects elsewhere (HTTP ${String(status)}): ${advice}`, 'next-model');
  }
  return rejected(`${place} refused ${http}: check ${context.identity.urlVariable}`, 'next-model');
}
