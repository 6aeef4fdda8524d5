import type { ExchangeEnd } from '../http/exchange';
import type { ExchangeLimits, StopReason } from '../http/stopwatch';
import type { ModelFailure, Remedy } from '../provider';
import { type EndpointIdentity, placeOf } from './endpoint-identity';

export interface BreakContext {
  readonly identity: EndpointIdentity;
  readonly model: string;
  readonly limits: ExchangeLimits;
}

const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;
const unusableCodes = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'ERR_INVALID_CHAR']);

/** The system's word for an error, also where several addresses were tried. */
function codeOf(error: unknown): string {
  const { code, errors, cause, name } = error as Partial<Record<string, unknown>>;
  if (typeof code === 'string') return code;
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  if (typeof cause === 'object' && cause !== null) return codeOf(cause);
  return typeof name === 'string' ? name : 'unknown';
}

const unavailable = (message: string, remedy: Remedy, cause: unknown): ModelFailure => ({
  code: 'LUM_MODEL_UNAVAILABLE',
  message,
  remedy,
  cause,
});

function unreachable(context: BreakContext, cause: unknown): ModelFailure {
  const place = placeOf(context.identity, context.model);
  const { urlVariable, provider } = context.identity;
  const code = codeOf(cause);
  if (certificateCode.test(code)) {
    const advice = `add its authority through NODE_EXTRA_CA_CERTS, or check ${urlVariable}`;
    const message = `${place} has a certificate that is not trusted (${code}): ${advice}`;
    return { code: 'LUM_MODEL_REJECTED', message, remedy: 'next-model', cause };
  }
  if (unusableCodes.has(code)) {
    const message = `${place} cannot be asked with these settings (${code}): check ${urlVariable} and the key`;
    // Such an error may quote the header it dislikes, so it is not handed on as the cause.
    return { code: 'LUM_MODEL_REJECTED', message, remedy: 'next-model' };
  }
  const start = provider === 'ollama' ? ' (`ollama serve`)' : '';
  const message = `${place} could not be reached (${code}): check ${urlVariable} and that the server runs${start}`;
  return unavailable(message, 'retry', cause);
}

function stopped(
  reason: StopReason,
  { identity, model, limits }: BreakContext,
  cause: unknown,
): ModelFailure {
  const place = placeOf(identity, model);
  switch (reason) {
    case 'first-token-timeout': {
      const waited = `within ${String(limits.firstTokenTimeoutMs)} ms`;
      const message = `${place} did not begin to answer ${waited} (LUMINA_MODEL_FIRST_TOKEN_TIMEOUT)`;
      return unavailable(message, 'retry', cause);
    }
    case 'idle-timeout': {
      const waited = `for ${String(limits.idleTimeoutMs)} ms`;
      return unavailable(`${place} fell silent ${waited} (LUMINA_MODEL_IDLE_TIMEOUT)`, 'retry', cause);
    }
    case 'call-timeout': {
      const waited = `within ${String(limits.callTimeoutMs)} ms`;
      return unavailable(
        `${place} did not finish ${waited} (LUMINA_MODEL_CALL_TIMEOUT)`,
        'next-model',
        cause,
      );
    }
    case 'too-large': {
      const size = `more than ${String(limits.maxBytes)} bytes`;
      return unavailable(`${place} sent ${size} (LUMINA_MODEL_MAX_ANSWER)`, 'next-model', cause);
    }
    case 'closing-timeout':
    case 'aborted':
      throw new Error(`not a failure: ${reason}`);
  }
}

/** A response that never came or broke off → what it means, where it happened and what to do. */
export function breakFailure(
  end: Exclude<ExchangeEnd, { kind: 'ended' }>,
  context: BreakContext,
): ModelFailure {
  if (end.kind === 'stopped') {
    const isTimeout = end.reason !== 'too-large';
    return { ...stopped(end.reason, context, end.cause), ...(isTimeout ? { isTimeout } : {}) };
  }
  if (!end.hasBegun) return unreachable(context, end.cause);
  const place = placeOf(context.identity, context.model);
  return unavailable(`${place} broke off its answer (${codeOf(end.cause)})`, 'retry', end.cause);
}
