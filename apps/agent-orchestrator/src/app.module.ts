import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ServiceModule } from '@lumina/platform';
import pino from 'pino';
import { Orchestrator } from './orchestrator';
import type { OrchestratorSettings } from './settings';

const ORCHESTRATOR = Symbol('orchestrator');

@Module({})
export class AppModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(ORCHESTRATOR) private readonly orchestrator: Orchestrator) {}

  static of(settings: OrchestratorSettings): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const orchestrator = new Orchestrator(settings, pino({ name: 'agent-orchestrator', level: logLevel }));
    return {
      module: AppModule,
      imports: [ServiceModule.of({ name: 'agent-orchestrator', logLevel, readiness: orchestrator })],
      providers: [{ provide: ORCHESTRATOR, useValue: orchestrator }],
    };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.orchestrator.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.orchestrator.stop();
  }
}
