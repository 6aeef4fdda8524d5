import { ServiceModule, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { HealthMonitor } from './health-monitor';
import { HealthController } from './health.controller';
import type { HealthSettings } from './settings';

const name = 'health';

@Module({})
export class AppModule {
  static of(settings: HealthSettings): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const monitor = new HealthMonitor(settings, serviceLog(name, logLevel));
    return {
      module: AppModule,
      imports: [ServiceModule.of({ name, logLevel, service: monitor })],
      controllers: [HealthController],
      providers: [{ provide: HealthMonitor, useValue: monitor }],
    };
  }
}
