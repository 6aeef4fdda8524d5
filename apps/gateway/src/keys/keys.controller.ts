import { LuminaError } from '@lumina/contracts';
import type { KeyRecord } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import {
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { type Caller, type Scope, scopes } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ApiIdempotencyKey, IdempotencyKeyOf } from '../langgraph/run-target';
import type { MadeOnce } from '../runs/made-once';
import { ISSUED_KEYS, MADE_ONCE } from '../tokens';
import type { IssuedKeys } from './issued-keys';
import { type KeyEnvironment, keyEnvironments } from './key-format';

const dayMs = 86_400_000;

export class CreateKeyBody {
  @ApiProperty({ example: 'billing', description: 'What the key is for. A name has at most two live keys.' })
  @Matches(/^[a-zA-Z0-9][\w .-]{0,63}$/, { message: '1 to 64 letters, digits, spaces and _ . -' })
  name!: string;

  @ApiProperty({ isArray: true, enum: scopes, example: ['runs:read', 'runs:write'] })
  @IsArray({ message: 'a list of scopes' })
  @ArrayMinSize(1, { message: 'at least one scope' })
  @IsIn(scopes, { each: true, message: `scopes of ${scopes.join(', ')}` })
  scopes!: Scope[];

  @ApiPropertyOptional({ description: 'Another tenant; for keys with the scope operator.' })
  @IsOptional()
  @Matches(/^[a-zA-Z0-9][\w-]{0,63}$/, { message: '1 to 64 letters, digits, _ and -' })
  tenant?: string;

  @ApiPropertyOptional({
    description: 'After so many days it opens nothing any more. Otherwise it does not expire.',
  })
  @IsOptional()
  @IsInt({ message: 'a whole number of days' })
  @Min(1, { message: '1 or more' })
  @Max(3_650, { message: 'at most 3650' })
  days?: number;

  @ApiPropertyOptional({ enum: keyEnvironments, description: 'Stands in the key, for people and scanners.' })
  @IsOptional()
  @IsIn(keyEnvironments, { message: `one of ${keyEnvironments.join(', ')}` })
  environment?: KeyEnvironment;
}

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('keys')
export class KeysController {
  constructor(
    @Inject(ISSUED_KEYS) private readonly keys: IssuedKeys,
    @Inject(MADE_ONCE) private readonly madeOnce: MadeOnce,
  ) {}

  @Post()
  @NeedsScope('admin')
  @ApiIdempotencyKey('The same key makes one API key, which is shown the first time alone: later 409.')
  @ApiOperation({ summary: 'Make an API key; it is shown this once' })
  async create(
    @Body() body: CreateKeyBody,
    @CallerOf() caller: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    const { name, days, environment = 'live', tenant = caller.tenant } = body;
    const expiresMs = days === undefined ? undefined : Date.now() + days * dayMs;
    const creation = await this.madeOnce.nameIfAny({
      ...{ kind: 'key', tenant: caller.tenant, idempotencyKey, request: body },
    });
    const { key, record } = await this.keys.issue(
      { name, tenant, scopes: body.scopes, environment, expiresMs, creation },
      caller,
    );
    return { key, ...keyView(record) };
  }

  @Get()
  @NeedsScope('admin')
  @ApiQuery({ name: 'tenant', required: false })
  @ApiOperation({ summary: "The tenant's keys, newest first" })
  async list(@Query('tenant') tenant: string | undefined, @CallerOf() caller: Caller): Promise<unknown> {
    return (await this.keys.list(tenantFor(tenant, caller))).map(keyView);
  }

  @Post(':key/revoke')
  @HttpCode(200)
  @NeedsScope('admin')
  @ApiQuery({ name: 'tenant', required: false })
  @ApiOperation({ summary: 'Revoke a key' })
  async revoke(
    @Param('key') id: string,
    @Query('tenant') tenant: string | undefined,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    if (await this.keys.revoke(tenantFor(tenant, caller), id)) return { id, revoked: true };
    throw new LuminaError('LUM_KEY_NOT_FOUND', `There is no key ${id}.`);
  }
}

function tenantFor(tenant: string | undefined, caller: Caller): string {
  if (tenant === undefined || tenant === caller.tenant) return caller.tenant;
  if (caller.scopes.has('operator')) return tenant;
  throw new LuminaError('LUM_FORBIDDEN', "Another tenant's keys are for the scope operator.");
}

const time = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const keyView = ({ id, name, tenant, scopes: granted, createdMs, createdBy, ...times }: KeyRecord) => ({
  ...{ id, name, tenant, scopes: granted, created_at: time(createdMs), created_by: createdBy },
  expires_at: time(times.expiresMs),
  revoked_at: time(times.revokedMs),
  last_used_at: time(times.lastUsedMs),
});
