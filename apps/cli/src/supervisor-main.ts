import { faultText } from './command-line/dispatch';
import { Refusal, exitCodes } from './command-line/refusal';
import { shellOfProcess } from './command-line/shell';
import type { SupervisorMessage, SupervisorTask } from './stack/start-detached';
import { supervise } from './stack/supervise';

/** Whoever started us may have gone; then nobody needs to hear it. */
function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function main(): Promise<void> {
  const { cwd, ...task } = JSON.parse(process.argv[2] ?? '') as SupervisorTask;
  const { onInterrupt, env } = shellOfProcess();
  const end = await supervise(
    { ...task, caller: { env, cwd } },
    {
      progress: (text) => tell({ kind: 'progress', text }),
      note: () => undefined,
      ready: (state) => tell({ kind: 'ready', state }),
      onInterrupt,
    },
  );
  if (end.kind === 'taken') tell({ kind: 'taken' });
  else process.exitCode = end.exitCode;
}

main()
  .catch((error: unknown) => {
    const exitCode = error instanceof Refusal ? error.exitCode : exitCodes.failed;
    tell({ kind: 'refused', message: faultText(error), exitCode });
    process.exitCode = exitCode;
  })
  .finally(() => {
    if (process.connected) process.disconnect();
  });
