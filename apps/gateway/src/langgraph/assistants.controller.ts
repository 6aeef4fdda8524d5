import { LuminaError } from '@lumina/contracts';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsArray, IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { AgentRegister } from '../agents/agent-register';
import { NeedsScope } from '../auth/auth.guard';
import { AGENTS } from '../tokens';
import { assistantView, graphOf, schemasOf } from './assistant-view';
import { contains, selected } from './containment';
import { PageBody } from './paging';

const sortable = ['assistant_id', 'graph_id', 'name', 'created_at', 'updated_at'] as const;

export class SearchAssistantsBody extends PageBody {
  @ApiPropertyOptional({ description: 'Only the agent of this name.' })
  @IsOptional()
  @IsString({ message: "an agent's name" })
  @MaxLength(128, { message: 'at most 128 characters' })
  graph_id?: string;

  @ApiPropertyOptional({ description: 'Only agents whose name holds this.' })
  @IsOptional()
  @IsString({ message: "a part of an agent's name" })
  @MaxLength(128, { message: 'at most 128 characters' })
  name?: string;

  @ApiPropertyOptional({ type: Object })
  @IsOptional()
  @IsObject({ message: 'an object' })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: sortable, default: 'name' })
  @IsOptional()
  @IsIn(sortable, { message: `one of ${sortable.join(', ')}` })
  sort_by?: (typeof sortable)[number];

  @ApiPropertyOptional({ enum: ['asc', 'desc'], default: 'asc' })
  @IsOptional()
  @IsIn(['asc', 'desc'], { message: 'asc or desc' })
  sort_order?: 'asc' | 'desc';

  @ApiPropertyOptional({ type: [String], description: 'Only these fields.' })
  @IsOptional()
  @IsArray({ message: 'a list of names of fields' })
  @IsString({ each: true, message: 'a list of names of fields' })
  select?: string[];
}

@ApiTags('LangGraph: assistants')
@ApiSecurity('x-api-key')
@Controller('assistants')
export class AssistantsController {
  constructor(@Inject(AGENTS) private readonly agents: AgentRegister) {}

  @Post('search')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The agents of this deployment' })
  search(@Body() body: SearchAssistantsBody, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    const found = this.matching(body);
    const { limit = 10, offset = 0 } = body;
    const end = offset + limit;
    reply.header('x-pagination-total', String(found.length));
    if (end < found.length) reply.header('x-pagination-next', String(end));
    return found.slice(offset, end).map((view) => selected(view, body.select));
  }

  @Post('count')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'How many agents there are' })
  count(@Body() body: SearchAssistantsBody): number {
    return this.matching(body).length;
  }

  @Get(':assistant')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'An agent, by name or id' })
  get(@Param('assistant') assistant: string): unknown {
    return assistantView(this.agents.find(assistant), this.agents.sinceMs);
  }

  @Get(':assistant/schemas')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'What an agent takes and gives' })
  schemas(@Param('assistant') assistant: string): unknown {
    return schemasOf(this.agents.find(assistant).definition);
  }

  @Get(':assistant/graph')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "An agent's loop as a graph" })
  graph(@Param('assistant') assistant: string): unknown {
    this.agents.find(assistant);
    return graphOf();
  }

  @Get(':assistant/subgraphs')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "An agent's subagents, with what they take and give" })
  subgraphs(@Param('assistant') assistant: string): unknown {
    return this.subagents(assistant);
  }

  @Get(':assistant/subgraphs/:subagent')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'One subagent of an agent' })
  subgraph(@Param('assistant') assistant: string, @Param('subagent') subagent: string): unknown {
    return selected(this.subagents(assistant), [subagent]);
  }

  @Post(':assistant/versions')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "An agent's versions: the present one" })
  versions(@Param('assistant') assistant: string, @Body() { offset = 0 }: PageBody): unknown {
    return offset > 0 ? [] : [this.get(assistant)];
  }

  @Post()
  @HttpCode(422)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Refused: agents come from the configuration' })
  create(): never {
    throw fromConfiguration();
  }

  @Patch(':assistant')
  @HttpCode(422)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Refused: agents come from the configuration' })
  update(@Param('assistant') assistant: string): never {
    this.agents.find(assistant);
    throw fromConfiguration();
  }

  @Delete(':assistant')
  @HttpCode(422)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Refused: agents come from the configuration' })
  remove(@Param('assistant') assistant: string): never {
    this.agents.find(assistant);
    throw fromConfiguration();
  }

  @Post(':assistant/latest')
  @HttpCode(422)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Refused: agents come from the configuration' })
  setLatest(@Param('assistant') assistant: string): never {
    this.agents.find(assistant);
    throw fromConfiguration();
  }

  private matching({ graph_id, name, metadata = {}, sort_by = 'name', sort_order }: SearchAssistantsBody) {
    const wanted = (name ?? '').toLowerCase();
    const found = this.agents
      .list()
      .map((agent) => assistantView(agent, this.agents.sinceMs))
      .filter((view) => graph_id === undefined || view.graph_id === graph_id)
      .filter((view) => view.name.toLowerCase().includes(wanted) && contains(view.metadata, metadata));
    const sorted = found.sort((one, other) => (one[sort_by] < other[sort_by] ? -1 : 1));
    return sort_order === 'desc' ? sorted.reverse() : sorted;
  }

  private subagents(assistant: string): Readonly<Record<string, unknown>> {
    const { subagents } = this.agents.find(assistant).definition;
    return Object.fromEntries(subagents.map((name) => [name, schemasOf(this.agents.find(name).definition)]));
  }
}

const fromConfiguration = (): LuminaError =>
  new LuminaError(
    'LUM_NOT_OFFERED',
    'Agents are what the configuration says (lumina.yaml): change them there and restart.',
  );
