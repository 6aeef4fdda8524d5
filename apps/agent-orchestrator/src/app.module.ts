import { ServiceModule, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { Orchestrator, type Telemetry } from './orchestrator';
import type { OrchestratorSettings } from './settings';

const name = 'agent-orchestrator';

@Module({})
export class AppModule {
  static of(settings: OrchestratorSettings, telemetry: Telemetry = {}): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const service = new Orchestrator(settings, serviceLog(name, logLevel), telemetry);
    return { module: AppModule, imports: [ServiceModule.of({ name, logLevel, service })] };
  }
}
