import type { DynamicModule } from '@nestjs/common';
import type { Service } from '../service';
import { ServiceModule } from '../service.module';

/** The least service there is: what every service has and nothing else. */
export function probeService(faults: () => Readonly<Record<string, string | undefined>>): DynamicModule {
  const service: Service = {
    start: async () => {},
    check: async () => faults(),
    drain: async () => {},
    stop: async () => {},
  };
  return ServiceModule.of({ name: 'probe', logLevel: 'silent', service });
}
