import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import type { LevelWithSilent } from 'pino';
import { logOptions } from '../logs/log-options';
import { ProbeController } from './probe.controller';
import { READINESS, type Readiness } from './readiness';

export interface ServiceIdentity {
  readonly name: string;
  readonly logLevel: LevelWithSilent;
  readonly readiness: Readiness;
}

/** What every service has: JSON logs, /metrics, /health/live and /health/ready. */
@Module({})
export class ServiceModule {
  static of({ name, logLevel, readiness }: ServiceIdentity): DynamicModule {
    return {
      module: ServiceModule,
      imports: [
        LoggerModule.forRoot(logOptions(name, logLevel)),
        PrometheusModule.register({ path: '/metrics', defaultLabels: { service: name } }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [ProbeController],
      providers: [{ provide: READINESS, useValue: readiness }],
    };
  }
}
