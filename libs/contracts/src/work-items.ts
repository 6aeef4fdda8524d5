import type { QueueName } from './doorbell';

/**
 * A run's open work items; at most one worker holds each. Names are unique within a run for ever, which a model's own
 * call ids are not. After a person's decision about a call, `~<generation>` follows its place:
 *   step:<n>       ask the model for the n-th time                                    → orchestrator
 *   call:<n>.<i>   run the i-th tool call of the n-th answer                          → executor
 *   ask:<n>.<i>     a person decides about this call; when nobody does in time  → orchestrator
 *   budget:<n>     a person grants more before the n-th step, or does not in time; after each grant `~<generation>` follows,
 *                  here and in the name of the step                                   → orchestrator
 *   child:<n>.<i>  start the subagent that this call asks for, wait for its answer    → orchestrator
 */
export type ItemKind = 'step' | 'call' | 'ask' | 'budget' | 'child';

const kinds: readonly string[] = ['step', 'call', 'ask', 'budget', 'child'] satisfies ItemKind[];

/** `generation`: how many decisions of people came before; each opens a new item. */
const named = (kind: ItemKind, place: string, generation: number): string =>
  `${kind}:${place}${generation === 0 ? '' : `~${generation}`}`;

export const stepItem = (step: number, generation = 0): string => named('step', `${step}`, generation);
export const budgetItem = (step: number, generation = 0): string => named('budget', `${step}`, generation);

const callName = (kind: ItemKind, step: number, index: number, generation: number): string =>
  named(kind, `${step}.${index}`, generation);

export const callItem = (step: number, index: number, generation = 0): string =>
  callName('call', step, index, generation);
export const askItem = (step: number, index: number, generation = 0): string =>
  callName('ask', step, index, generation);
export const childItem = (step: number, index: number, generation = 0): string =>
  callName('child', step, index, generation);

const isItemKind = (kind: string): kind is ItemKind => kinds.includes(kind);

export function itemKind(item: string): ItemKind {
  const kind = item.slice(0, item.indexOf(':'));
  if (isItemKind(kind)) return kind;
  throw new Error(`not a work item: ${item}`);
}

export function itemKey(item: string): string {
  return item.slice(item.indexOf(':') + 1);
}

/** The n of `step:<n>`, of whatever generation. */
export const stepOf = (item: string): number => Number(itemKey(item).split('~')[0]);

export const queueOfItem = (item: string): QueueName => (itemKind(item) === 'call' ? 'tools' : 'steps');
