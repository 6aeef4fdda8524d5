import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ServiceModule } from '@lumina/platform';
import pino from 'pino';
import { Executor } from './executor';
import type { ExecutorSettings } from './settings';

const EXECUTOR = Symbol('executor');

@Module({})
export class AppModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(EXECUTOR) private readonly executor: Executor) {}

  static of(settings: ExecutorSettings): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const executor = new Executor(settings, pino({ name: 'tool-executor', level: logLevel }));
    return {
      module: AppModule,
      imports: [ServiceModule.of({ name: 'tool-executor', logLevel, readiness: executor })],
      providers: [{ provide: EXECUTOR, useValue: executor }],
    };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.executor.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.executor.stop();
  }
}
