/**
 * What a service does that is asked to stop before it serves: nothing is in its hands yet, so it goes at once. Without this, process 1
 * of a container would not go at all: the kernel withholds from it every signal that it does not listen to.
 */
const signals = ['SIGTERM', 'SIGINT', 'disconnect'] as const;

const leave = (): void => process.exit(0);

export function leaveWhenAsked(): void {
  endLeaving();
  for (const signal of signals) process.once(signal, leave);
}

/** From now on somebody else listens to the signals. */
export function endLeaving(): void {
  for (const signal of signals) process.off(signal, leave);
}

export const onceAsked = (stop: () => void): void => {
  for (const signal of signals) process.once(signal, stop);
};
