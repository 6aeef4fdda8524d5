import { LuminaError } from '@lumina/contracts';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { AgentRegister, RegisteredAgent } from '../agents/agent-register';
import { NeedsScope } from '../auth/auth.guard';
import { AGENTS } from '../tokens';

const startedAt = Math.floor(Date.now() / 1_000);

/** An agent is a model. */
const modelView = ({ definition: { name, description } }: RegisteredAgent) => ({
  ...{ id: name, object: 'model', created: startedAt, owned_by: 'lumina', description },
});

@ApiTags('OpenAI: models')
@ApiSecurity('bearer')
@Controller('v1/models')
export class ModelsController {
  constructor(@Inject(AGENTS) private readonly agents: AgentRegister) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The agents, each of which is a model' })
  list(): unknown {
    return { object: 'list', data: this.agents.list().map(modelView) };
  }

  @Get(':model')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'An agent' })
  get(@Param('model') model: string): unknown {
    const agent = this.agents.list().find(({ definition }) => definition.name === model);
    if (agent !== undefined) return modelView(agent);
    throw new LuminaError('LUM_AGENT_NOT_FOUND', `There is no model "${model}".`);
  }
}
