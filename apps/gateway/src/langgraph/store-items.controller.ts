import { LuminaError } from '@lumina/contracts';
import type { ItemStore, StoredItem } from '@lumina/store';
import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ITEMS } from '../tokens';
import { ItemNameBody, ListNamespacesBody, PutItemBody, SearchItemsBody, checkedLabels } from './item-bodies';
import { searchItems } from './item-search';

const minuteMs = 60_000;
const maxNamespaces = 10_000;

@ApiTags('LangGraph: store')
@ApiSecurity('x-api-key')
@Controller('store')
export class StoreItemsController {
  constructor(@Inject(ITEMS) private readonly items: ItemStore) {}

  @Put('items')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Keep an item' })
  async put(@Body() body: PutItemBody, @CallerOf() { tenant }: Caller): Promise<void> {
    const { namespace, key, value, ttl } = body;
    const lifeMs = ttl === undefined ? undefined : Math.ceil(ttl * minuteMs);
    await this.items.put(tenant, { namespace, key, value, lifeMs });
  }

  @Get('items')
  @NeedsScope('runs:read')
  @ApiQuery({ name: 'namespace', required: false, description: 'Its labels, with full stops between.' })
  @ApiQuery({ name: 'key', example: 'taste' })
  @ApiQuery({
    name: 'refresh_ttl',
    required: false,
    description: 'false: reading does not prolong its life.',
  })
  @ApiOperation({ summary: 'An item; null where there is none' })
  async get(
    @Query() query: Readonly<Record<string, string | string[] | undefined>>,
    @CallerOf() { tenant }: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { namespace = '', key, refresh_ttl: refresh } = query;
    const labels = [namespace].flat().flatMap((part) => (part === '' ? [] : part.split('.')));
    const name = { namespace: checkedLabels('namespace', labels), key: checkedKey(key) };
    const item = await this.items.get(tenant, name);
    if (item?.lifeMs !== undefined && refresh !== 'false') await this.items.refresh(tenant, name);
    const text = item === undefined ? 'null' : JSON.stringify(itemView(item));
    void reply.type('application/json; charset=utf-8').send(text);
  }

  @Delete('items')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Remove an item' })
  async remove(@Body() { namespace = [], key }: ItemNameBody, @CallerOf() { tenant }: Caller): Promise<void> {
    await this.items.remove(tenant, { namespace, key });
  }

  @Post('items/search')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Items in and below a namespace, by name' })
  async search(@Body() body: SearchItemsBody, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const { namespace_prefix: prefix = [], filter = {}, limit = 10, offset = 0 } = body;
    const found = await searchItems(this.items, tenant, { prefix, filter, limit, offset });
    if (body.refresh_ttl !== false) {
      const mortal = found.filter(({ lifeMs }) => lifeMs !== undefined);
      await Promise.all(mortal.map((item) => this.items.refresh(tenant, item)));
    }
    return { items: found.map(itemView) };
  }

  @Post('namespaces')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Namespaces that hold items' })
  async namespaces(@Body() body: ListNamespacesBody, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const { prefix = [], suffix = [], max_depth: depth, limit = 100, offset = 0 } = body;
    const found = await this.items.namespaces(tenant, prefix, maxNamespaces);
    const fitting = found.filter((labels) => endsWith(labels, suffix));
    const cut = fitting.map((labels) => (depth === undefined ? labels : labels.slice(0, depth)));
    const distinct = [...new Map(cut.map((labels) => [labels.join('.'), labels])).values()];
    return { namespaces: distinct.slice(offset, offset + limit) };
  }
}

const itemView = ({ namespace, key, value, createdMs, updatedMs }: StoredItem) => ({
  namespace,
  key,
  value,
  created_at: new Date(createdMs).toISOString(),
  updated_at: new Date(updatedMs).toISOString(),
});

function endsWith(labels: readonly string[], suffix: readonly string[]): boolean {
  const end = labels.slice(labels.length - suffix.length);
  return (
    labels.length >= suffix.length && suffix.every((label, index) => label === '*' || label === end[index])
  );
}

function checkedKey(key: string | string[] | undefined): string {
  if (typeof key === 'string' && key !== '') return key;
  const fields = [{ field: 'key', expected: "the item's key" }];
  throw new LuminaError('LUM_VALIDATION_FAILED', "key: expected the item's key", { fields });
}
