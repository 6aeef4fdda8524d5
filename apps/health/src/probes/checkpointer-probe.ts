import type { HealthBoard } from '@lumina/store';
import type { Probe } from './probe';

/** Whether what is written where the journals are comes back. */
export function checkpointerProbe(
  board: Pick<HealthBoard, 'writeAndReadBack'>,
  nextNonce: () => string,
): Probe {
  return {
    name: 'checkpointer',
    isCritical: true,
    run: async () => {
      await board.writeAndReadBack(nextNonce());
      return { isHealthy: true, detail: 'what is written comes back' };
    },
  };
}
