import type { QueueName } from './doorbell';

/**
 * A run's open work items; at most one worker holds each. Names are unique within a run for ever, which a model's own
 * call ids are not:
 *   step:<n>       ask the model for the n-th time                                    → orchestrator
 *   call:<n>.<i>   run the i-th tool call of the n-th answer                          → executor
 *   child:<n>.<i>  start the subagent that this call asks for, wait for its answer    → orchestrator
 */
export type ItemKind = 'step' | 'call' | 'child';

export const stepItem = (step: number): string => `step:${step}`;
export const callItem = (step: number, index: number): string => `call:${step}.${index}`;
export const childItem = (step: number, index: number): string => `child:${step}.${index}`;

export function itemKind(item: string): ItemKind {
  const kind = item.slice(0, item.indexOf(':'));
  if (kind === 'step' || kind === 'call' || kind === 'child') return kind;
  throw new Error(`not a work item: ${item}`);
}

export function itemKey(item: string): string {
  return item.slice(item.indexOf(':') + 1);
}

export const queueOfItem = (item: string): QueueName => (itemKind(item) === 'call' ? 'tools' : 'steps');
