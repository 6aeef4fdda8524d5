import { pause } from '@lumina/testbed';
import type { LoadDrill } from '../drill';

const longSeconds = 45;
const shortSeconds = 10;
/** A run that waits looks again within 10 s, and a breaker lets the first request through within 10 s more. */
const longestWaitMs = 25_000;

/**
 * Every model is gone, in the middle of answers, while clients keep coming. Runs wait, for their agents allow it, and say so in
 * their journals; when a model is back they go on by themselves. None fails, none repeats an effect.
 */
export const modelOutage: LoadDrill = {
  kind: 'load',
  bars: { recoveryP99Ms: longestWaitMs, standstillMs: longestWaitMs, hasNoUnknown: true },
  async disturb({ stack, options, disturbed, progress, signal }) {
    const outageMs = (options.seconds ?? (options.isShort ? shortSeconds : longSeconds)) * 1_000;
    progress(`the model is killed, and stays away for ${outageMs / 1_000} s`);
    await stack.model.stop('SIGKILL', 1_000);
    await pause(outageMs, signal);
    stack.model.start();
    await stack.model.ready();
    disturbed('the model is back');
    await pause(longestWaitMs, signal);
  },
};
