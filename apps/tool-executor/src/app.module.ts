import { ServiceModule, type Tracing, serviceLog } from '@lumina/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { Executor } from './executor';
import type { ExecutorSettings } from './settings';

const name = 'tool-executor';

@Module({})
export class AppModule {
  static of(settings: ExecutorSettings, tracing?: Tracing): DynamicModule {
    const logLevel = settings.LUMINA_LOG_LEVEL;
    const service = new Executor(settings, serviceLog(name, logLevel), tracing);
    return { module: AppModule, imports: [ServiceModule.of({ name, logLevel, service })] };
  }
}
