import { ServiceModule, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ApiKeys } from './auth/api-keys';
import { AuthGuard } from './auth/auth.guard';
import { BodyPipe } from './bodies/body.pipe';
import { ChatController } from './chat/chat.controller';
import { ExplainController } from './explain/explain.controller';
import { Gateway } from './gateway';
import { HealthController } from './health/health.controller';
import { InfoController } from './langgraph/info.controller';
import { ApprovalsController } from './interventions/approvals.controller';
import { BudgetController } from './interventions/budget.controller';
import { RunsController } from './langgraph/runs.controller';
import { ThreadsController } from './langgraph/threads.controller';
import { ProblemFilter } from './problems/problem.filter';
import type { GatewaySettings } from './settings';
import { HEALTH, INTAKE, INTERVENTIONS, REQUESTS, STORE, STREAMS, TOOL_CONTROL } from './tokens';
import { ToolsController } from './tools/tools.controller';

const name = 'gateway';

@Module({})
export class AppModule {
  static of(settings: GatewaySettings): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const gateway = new Gateway(settings, serviceLog(name, logLevel));
    return {
      module: AppModule,
      imports: [ServiceModule.of({ name, logLevel, service: gateway })],
      controllers: [
        InfoController,
        ChatController,
        ThreadsController,
        RunsController,
        ExplainController,
        ApprovalsController,
        BudgetController,
        HealthController,
        ToolsController,
      ],
      providers: [
        { provide: ApiKeys, useValue: gateway.keys },
        { provide: STORE, useValue: gateway.store },
        { provide: REQUESTS, useValue: gateway.requests },
        { provide: INTERVENTIONS, useValue: gateway.interventions },
        { provide: INTAKE, useValue: gateway.intake },
        { provide: STREAMS, useValue: gateway.streams },
        { provide: TOOL_CONTROL, useValue: gateway.toolControl },
        { provide: HEALTH, useValue: gateway.health },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useClass: BodyPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
