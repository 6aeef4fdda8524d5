import { LuminaError } from '@lumina/contracts';
import { noteRequest } from '@lumina/platform';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  applyDecorators,
  createParamDecorator,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { IssuedKeys } from '../keys/issued-keys';
import { ISSUED_KEYS } from '../tokens';
import { ApiKeys, type Caller, type Scope } from './api-keys';

const SCOPE = 'lumina:scope';
const callers = new WeakMap<object, Caller>();

/** What a key must be allowed for the route. A route without it is public: every route says which it is. */
export const NeedsScope = (scope: Scope) =>
  applyDecorators(SetMetadata(SCOPE, scope), ApiExtension('x-lumina-scope', scope));

/** What a route needs of a key; absent: it is public. */
export const scopeOfRoute = (reflector: Reflector, context: ExecutionContext): Scope | undefined =>
  reflector.getAllAndOverride<Scope | undefined>(SCOPE, [context.getHandler(), context.getClass()]);

/** The caller of a request that has passed the guard; absent on public routes. */
export const knownCallerOf = (request: object): Caller | undefined => callers.get(request);

/** The caller of a request that has passed the guard. */
export function callerOf(request: object): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('the route asks for its caller but needs no scope');
  return caller;
}

/** The caller, in a handler of a route that needs a scope. */
export const CallerOf = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<object>()),
);

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(ApiKeys) private readonly keys: ApiKeys,
    @Inject(ISSUED_KEYS) private readonly issued: Pick<IssuedKeys, 'find'>,
  ) {}

  /** At once for keys that are known without asking: most requests wait for nothing here. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const scope = scopeOfRoute(this.reflector, context);
    if (scope === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = keyOf(request) ?? '';
    const found = this.keys.find(key) ?? this.issued.find(key);
    if (!(found instanceof Promise)) return admit(request, found, scope);
    return found.then((caller) => admit(request, caller, scope));
  }
}

function admit(request: FastifyRequest, caller: Caller | undefined, scope: Scope): true {
  if (caller === undefined) throw new LuminaError('LUM_UNAUTHENTICATED', missing(keyOf(request)));
  noteRequest(request.raw, { tenant: caller.tenant });
  if (!caller.scopes.has(scope))
    throw new LuminaError('LUM_FORBIDDEN', `This API key lacks the scope ${scope}.`);
  callers.set(request, { ...caller, ...userOf(request) });
  return true;
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['x-api-key'];
  if (typeof given === 'string' && given !== '') return given;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Whoever holds a key may have users of their own, and name them: limits then hold for each by itself. */
function userOf({ headers }: FastifyRequest): Pick<Caller, 'user'> {
  const named = headers['x-lumina-user'];
  if (named === undefined) return {};
  if (typeof named === 'string' && /^[\w.@:+-]{1,128}$/.test(named)) return { user: `user:${named}` };
  throw new LuminaError(
    'LUM_BAD_REQUEST',
    'The header x-lumina-user must be 1 to 128 letters, digits or _ . @ : + -',
  );
}

function missing(key: string | undefined): string {
  return key === undefined
    ? 'Send an API key in the header x-api-key, or as Authorization: Bearer KEY.'
    : 'This API key is not known here. `./lumina up` prints the development key.';
}
