import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ServiceModule } from '@lumina/platform';
import pino from 'pino';
import { HealthMonitor } from './health-monitor';
import { HealthController } from './health.controller';
import type { HealthSettings } from './settings';

@Module({})
export class AppModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(HealthMonitor) private readonly monitor: HealthMonitor) {}

  static of(settings: HealthSettings): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const monitor = new HealthMonitor(settings, pino({ name: 'health', level: logLevel }));
    return {
      module: AppModule,
      imports: [ServiceModule.of({ name: 'health', logLevel, readiness: monitor })],
      controllers: [HealthController],
      providers: [{ provide: HealthMonitor, useValue: monitor }],
    };
  }

  onApplicationBootstrap(): void {
    this.monitor.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.monitor.stop();
  }
}
