import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import type { LevelWithSilent } from 'pino';
import { logDestination, serviceLog } from '../logs/log-destination';
import { logOptions } from '../logs/log-options';
import { metricsController } from './metrics.controller';
import './process-metrics';
import { ProbeController } from './probe.controller';
import { REQUEST_LOG } from './request-log';
import { SERVICE, type Service } from './service';

export interface ServiceIdentity {
  readonly name: string;
  readonly logLevel: LevelWithSilent;
  readonly service: Service;
}

/** What every service has: a life from start to drain to stop, JSON logs, /metrics, /health/live and /health/ready. */
@Module({})
export class ServiceModule
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(@Inject(SERVICE) private readonly service: Service) {}

  static of({ name, logLevel, service }: ServiceIdentity): DynamicModule {
    const defaultLabels = { service: name };
    return {
      module: ServiceModule,
      imports: [
        LoggerModule.forRoot(logOptions(name, logLevel, logDestination())),
        PrometheusModule.register({
          ...{ path: '/metrics', defaultLabels },
          controller: metricsController(defaultLabels),
        }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [ProbeController],
      providers: [
        { provide: SERVICE, useValue: service },
        { provide: REQUEST_LOG, useValue: serviceLog(name, logLevel) },
      ],
    };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.service.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.service.drain();
  }

  onApplicationShutdown(): Promise<void> {
    return this.service.stop();
  }
}
