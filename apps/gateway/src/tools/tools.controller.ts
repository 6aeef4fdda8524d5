import type { Pin, PinnedTool } from '@lumina/store';
import type { SwitchRecord, ToolSwitch } from '@lumina/contracts';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import {
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { TOOL_CONTROL } from '../tokens';
import type { ListedTool, ToolControl } from './tool-control';

export class SwitchBody {
  @ApiPropertyOptional({ description: 'For this tenant only. Left out: for everybody.' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, { message: 'the name of a tenant' })
  tenant?: string;

  @ApiPropertyOptional({ description: 'Why, for those who read the record.' })
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(500, { message: 'at most 500 characters' })
  reason?: string;
}

export class ApproveBody {
  @ApiProperty({ example: 'a'.repeat(64), description: 'The digest of the definition that you looked at.' })
  @Matches(/^[0-9a-f]{64}$/, { message: 'the digest that the list of tools gave' })
  digest!: string;
}

/** For operators: it is about the whole deployment, not about the tenant of the key. */
@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('admin/tools')
export class ToolsController {
  constructor(@Inject(TOOL_CONTROL) private readonly control: ToolControl) {}

  @Get()
  @NeedsScope('operator')
  @ApiQuery({ name: 'tenant', required: false })
  @ApiOperation({ summary: 'All tools, which of them are off, and what of MCP servers waits for approval' })
  async list(@Query('tenant') tenant?: string): Promise<unknown> {
    const { tools, switches, records } = await this.control.list(tenant);
    return {
      tools: tools.map(toolView),
      switches: switches.map(switchView),
      records: records.map(recordView),
    };
  }

  @Post(':name/off')
  @HttpCode(200)
  @NeedsScope('operator')
  @ApiOperation({ summary: 'Switch a tool off, or all tools of an MCP server (mcp__NAME)' })
  off(@Param('name') name: string, @Body() body: SwitchBody, @CallerOf() caller: Caller): Promise<unknown> {
    return this.turn('off', name, body, caller);
  }

  @Post(':name/on')
  @HttpCode(200)
  @NeedsScope('operator')
  @ApiOperation({ summary: 'Turn such a switch back' })
  on(@Param('name') name: string, @Body() body: SwitchBody, @CallerOf() caller: Caller): Promise<unknown> {
    return this.turn('on', name, body, caller);
  }

  @Post(':name/approve')
  @HttpCode(200)
  @NeedsScope('operator')
  @ApiOperation({ summary: "Approve the definition of an MCP server's tool that waits for it" })
  async approve(
    @Param('name') name: string,
    @Body() { digest }: ApproveBody,
    @CallerOf() { name: by }: Caller,
  ): Promise<unknown> {
    await this.control.approve(name, digest, by);
    return { tool: name, digest };
  }

  private async turn(
    to: 'off' | 'on',
    name: string,
    { tenant, reason }: SwitchBody,
    { name: by }: Caller,
  ): Promise<unknown> {
    const changed = await this.control.turn(to, { name, tenant, by, reason });
    return { tool: name, tenant: tenant ?? null, to, changed };
  }
}

const time = (at: number): string => new Date(at).toISOString();

const switchView = ({ name, tenant, by, at, reason }: ToolSwitch) => ({
  name,
  tenant: tenant ?? null,
  by,
  at: time(at),
  reason: reason ?? null,
});

const recordView = (record: SwitchRecord) => ({ ...switchView(record), to: record.to });

const toolView = ({ name, offer, server, pin, off }: ListedTool) => ({
  name,
  is_offered: offer !== undefined,
  risk: offer?.risk ?? null,
  server: server ?? null,
  off: off === undefined ? null : switchView(off),
  ...(pin === undefined ? {} : { approval: approvalView(pin) }),
});

/** The definition that waits is shown whole: whoever approves it must be able to read it. */
const approvalView = ({ approved, pending }: PinnedTool) => ({
  state: pending === undefined ? 'approved' : approved === undefined ? 'new' : 'changed',
  approved: approved === undefined ? null : pinView(approved),
  pending: pending === undefined ? null : pinView(pending),
});

const pinView = ({ digest, at, by, definition }: Pin) => ({
  digest,
  at: time(at),
  by,
  definition: JSON.parse(definition) as unknown,
});
