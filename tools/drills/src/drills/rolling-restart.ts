import { pause } from '@lumina/testbed';
import type { LoadDrill } from '../drill';

const settleMs = 1_000;

/** Every service is asked to stop and comes back, one after the other: a roll-out. */
export const rollingRestart: LoadDrill = {
  kind: 'load',
  bars: { firstAcknowledgementMs: 5_000, standstillMs: 5_000, hasNoUnknown: true },
  async disturb({ stack, options, disturbed, broke, signal }) {
    for (let round = 0; round < (options.isShort ? 1 : 3); round += 1) {
      for (const service of stack.allServices) {
        if (signal.aborted) return;
        disturbed(`SIGTERM to ${service.name}`);
        service.signal('SIGTERM');
        await service.gone();
        const death = service.deaths.at(-1);
        if (death?.code !== 0)
          broke(`${service.name} did not exit with 0 (${String(death?.code ?? death?.signal)})`);
        await service.ready();
        await pause(settleMs, signal);
      }
    }
  },
};
