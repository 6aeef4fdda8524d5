import { ServiceModule, type Tracing, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { ApiKeys } from './auth/api-keys';
import { AuthGuard } from './auth/auth.guard';
import { BodyPipe } from './bodies/body.pipe';
import { ChatController } from './chat/chat.controller';
import { CronsController } from './crons/crons.controller';
import { ExplainController } from './explain/explain.controller';
import { Gateway } from './gateway';
import { HealthController } from './health/health.controller';
import { InfoController } from './langgraph/info.controller';
import { ChatCompletionsController } from './openai/chat-completions.controller';
import { ModelsController } from './openai/models.controller';
import { ResponsesController } from './openai/responses.controller';
import { ApprovalsController } from './interventions/approvals.controller';
import { BudgetController } from './interventions/budget.controller';
import { KeysController } from './keys/keys.controller';
import { AssistantsController } from './langgraph/assistants.controller';
import { RunsController } from './langgraph/runs.controller';
import { ProtocolController } from './langgraph/protocol/protocol.controller';
import { StatelessRunsController } from './langgraph/stateless-runs.controller';
import { StoreItemsController } from './langgraph/store-items.controller';
import { ThreadCollectionController } from './langgraph/thread-collection.controller';
import { ThreadStreamController } from './langgraph/thread-stream/thread-stream.controller';
import { ThreadsController } from './langgraph/threads.controller';
import { ProblemFilter } from './problems/problem.filter';
import type { GatewaySettings } from './settings';
import { BudgetsController } from './usage/budgets.controller';
import { UsageController } from './usage/usage.controller';
import { FeedbackController } from './feedback/feedback.controller';
import {
  AGENTS,
  CRONS,
  DEFINITIONS,
  HEALTH,
  INTAKE,
  INTERVENTIONS,
  ISSUED_KEYS,
  DIRECTORY,
  ENDED_RUNS,
  ITEMS,
  MADE_ONCE,
  PLANS,
  REQUESTS,
  RESPONSES,
  RUNS,
  SPENDING,
  STORE,
  STREAMS,
  STREAM_SLOTS,
  THREAD_REMOVAL,
  THREAD_SEARCH,
  TOOL_CONTROL,
  WEBHOOK_SECRET,
} from './tokens';
import { ThrottleGuard, throttlers } from './throttle/throttle.guard';
import { ToolsController } from './tools/tools.controller';
import { WebhooksController } from './webhooks/webhooks.controller';

const name = 'gateway';

const controllers = [
  InfoController,
  ChatController,
  AssistantsController,
  ThreadCollectionController,
  ThreadsController,
  ThreadStreamController,
  ProtocolController,
  RunsController,
  StatelessRunsController,
  CronsController,
  StoreItemsController,
  WebhooksController,
  ExplainController,
  ApprovalsController,
  BudgetController,
  BudgetsController,
  UsageController,
  FeedbackController,
  HealthController,
  ToolsController,
  KeysController,
  ModelsController,
  ResponsesController,
  ChatCompletionsController,
];

@Module({})
export class AppModule {
  static of(settings: GatewaySettings, tracing?: Tracing): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const gateway = new Gateway(settings, serviceLog(name, logLevel), tracing);
    return {
      module: AppModule,
      imports: [
        ServiceModule.of({ name, logLevel, service: gateway }),
        ThrottlerModule.forRoot({ throttlers, storage: gateway.permits }),
      ],
      controllers,
      providers: [
        { provide: ISSUED_KEYS, useValue: gateway.issuedKeys },
        { provide: ApiKeys, useValue: gateway.keys },
        { provide: STORE, useValue: gateway.store },
        { provide: REQUESTS, useValue: gateway.requests },
        { provide: INTERVENTIONS, useValue: gateway.interventions },
        { provide: INTAKE, useValue: gateway.intake },
        { provide: RESPONSES, useValue: gateway.responses },
        { provide: RUNS, useValue: gateway.runs },
        { provide: STREAMS, useValue: gateway.streams },
        { provide: TOOL_CONTROL, useValue: gateway.toolControl },
        { provide: DEFINITIONS, useValue: gateway.definitions },
        { provide: SPENDING, useValue: gateway.spending },
        { provide: AGENTS, useValue: gateway.agents },
        { provide: CRONS, useValue: gateway.crons },
        { provide: MADE_ONCE, useValue: gateway.madeOnce },
        { provide: DIRECTORY, useValue: gateway.directory },
        { provide: ENDED_RUNS, useValue: gateway.endedRuns },
        { provide: WEBHOOK_SECRET, useValue: gateway.webhookSecret },
        { provide: ITEMS, useValue: gateway.items },
        { provide: THREAD_SEARCH, useValue: gateway.threadSearch },
        { provide: THREAD_REMOVAL, useValue: gateway.threadRemoval },
        { provide: PLANS, useValue: gateway.plans },
        { provide: STREAM_SLOTS, useValue: gateway.slots },
        { provide: HEALTH, useValue: gateway.health },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: ThrottleGuard },
        { provide: APP_PIPE, useClass: BodyPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
