import { Counter } from 'prom-client';

interface RareEvents {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** All that can happen: an alert sees a counter grow from its first value on, so each begins at 0. */
  readonly values: readonly string[];
}

function rareEvents({ name, help, label, values }: RareEvents): (value: string) => void {
  const counter = new Counter({ name, help, labelNames: [label] });
  for (const value of values) counter.inc({ [label]: value }, 0);
  return (value) => counter.inc({ [label]: value });
}

/** Counts work that this process takes over, by cause. Called once in a service whose work can be left by others. */
export const recoveryCounter = (causes: readonly string[]): ((cause: string) => void) =>
  rareEvents({
    name: 'lumina_runs_recovered_total',
    help: 'Work items taken over from a worker that fell silent, or rung for again, by cause.',
    ...{ label: 'cause', values: causes },
  });

/** Counts attempts that this process refuses, by type. Called once in a service that refuses any. */
export const securityCounter = (types: readonly string[]): ((type: string) => void) =>
  rareEvents({
    name: 'lumina_security_events_total',
    help: 'Attempts that were refused, by type.',
    ...{ label: 'type', values: types },
  });
