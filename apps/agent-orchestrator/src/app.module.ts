import { ServiceModule, type Tracing, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { Orchestrator } from './orchestrator';
import type { OrchestratorSettings } from './settings';

const name = 'agent-orchestrator';

@Module({})
export class AppModule {
  static of(settings: OrchestratorSettings, tracing?: Tracing): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const service = new Orchestrator(settings, serviceLog(name, logLevel), tracing);
    return { module: AppModule, imports: [ServiceModule.of({ name, logLevel, service })] };
  }
}
