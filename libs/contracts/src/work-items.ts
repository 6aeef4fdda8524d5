import type { QueueName } from './doorbell';

/**
 * A run's open work items; at most one worker holds each. Names are unique within a run for ever:
 *   step:<n>     ask the model for the n-th time                 → orchestrator
 *   call:<id>    run one tool call                               → executor
 *   child:<id>   start a subagent's run and wait for its answer  → orchestrator
 */
export type ItemKind = 'step' | 'call' | 'child';

export const stepItem = (step: number): string => `step:${step}`;
export const callItem = (callId: string): string => `call:${callId}`;
export const childItem = (callId: string): string => `child:${callId}`;

export function itemKind(item: string): ItemKind {
  const kind = item.slice(0, item.indexOf(':'));
  if (kind === 'step' || kind === 'call' || kind === 'child') return kind;
  throw new Error(`not a work item: ${item}`);
}

export function itemKey(item: string): string {
  return item.slice(item.indexOf(':') + 1);
}

export const queueOfItem = (item: string): QueueName => (itemKind(item) === 'call' ? 'tools' : 'steps');
