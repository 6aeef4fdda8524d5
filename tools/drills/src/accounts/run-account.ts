import { effectTool } from '../effect-tool';
import type { RunRecord, ToldMessage } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';

/** What became of one acknowledged run. */
export interface RunAccount {
  /** `lost`: the store does not know it, or it never ended. */
  readonly outcome: 'succeeded' | 'failed' | 'lost';
  /** Calls that were answered with "nobody knows whether this happened". */
  readonly unknownOutcomes: number;
  /** Where the ledger, the journal and what the client was told do not agree; in words. */
  readonly disagreements: readonly string[];
}

const ended: Readonly<Record<string, 'succeeded' | 'failed'>> = {
  success: 'succeeded',
  error: 'failed',
  timeout: 'failed',
  interrupted: 'failed',
};

export const isUnknown = ({ content }: ToldMessage): boolean =>
  content.includes('outcome of this call unknown');

/** Compares what the world, the store and the client say about one run. `effects`: how often each call had its effect. */
export function accountOf(
  run: string,
  record: RunRecord | undefined,
  client: ClientView,
  effects: ReadonlyMap<string, number>,
): RunAccount {
  const own = [...effects].filter(([key]) => key.startsWith(`${run}/`));
  const outcome = record === undefined ? undefined : ended[record.status];
  if (record === undefined || outcome === undefined)
    return { outcome: 'lost', unknownOutcomes: 0, disagreements: [] };
  const answers = record.messages.filter(({ type, name }) => type === 'tool' && name === effectTool);
  return {
    outcome,
    unknownOutcomes: record.messages.filter(({ type }) => type === 'tool').filter(isUnknown).length,
    disagreements: [...ledgerFaults(answers, new Map(own)), ...toldFaults(record.messages, client)],
  };
}

/** A call that was answered well must stand in the ledger; a line of the ledger must belong to a call that was answered. */
function ledgerFaults(
  answers: readonly ToldMessage[],
  effects: ReadonlyMap<string, number>,
): readonly string[] {
  const claimed = answers
    .filter(({ status }) => status !== 'error')
    .map(({ content }) => content.slice(effectTool.length + 1));
  const missing = claimed
    .filter((key) => !effects.has(key))
    .map((key) => `${key} was answered as done and is not in the ledger`);
  const unknown = answers.filter(isUnknown).length;
  const unclaimed = [...effects.keys()].filter((key) => !claimed.includes(key));
  const extra =
    unclaimed.length > unknown
      ? [`${unclaimed.join(', ')} stands in the ledger, and the journal does not say so`]
      : [];
  return [...missing, ...extra];
}

const shown = ({ type, id, content }: ToldMessage): string => `${type} ${id}: ${content.slice(0, 60)}`;

/** A client that heard the end must have heard everything before it, once and in order. */
function toldFaults(messages: readonly ToldMessage[], { told, hasHeardEnd }: ClientView): readonly string[] {
  if (!hasHeardEnd) return ['the run has ended, and its client never heard of it'];
  const said = messages.filter(({ type }) => type !== 'human').map(shown);
  const heard = told.map(shown);
  return said.join('\n') === heard.join('\n')
    ? []
    : [`the client was told [${heard.join(' | ')}], the journal says [${said.join(' | ')}]`];
}
