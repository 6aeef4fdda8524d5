import type { DynamicModule } from '@nestjs/common';
import type { Readiness } from '../readiness';
import { ServiceModule } from '../service.module';

/** The least service there is: what every service has and nothing else. */
export function probeService(faults: () => Readonly<Record<string, string | undefined>>): DynamicModule {
  const readiness: Readiness = { check: async () => faults() };
  return ServiceModule.of({ name: 'probe', logLevel: 'silent', readiness });
}
