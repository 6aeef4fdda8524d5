import { LuminaError } from '@lumina/contracts';
import { selected } from './containment';
import { listIn } from './run-queries';

const parts = [
  'values',
  'next',
  'tasks',
  'checkpoint',
  'metadata',
  'created_at',
  'parent_checkpoint',
  'interrupts',
];
const channel = /^values\.(.+)$/;

/** The parts of a state that a client asks for, `values.messages` being one of its values alone; or all of it. */
export function selectedState(
  state: { readonly values: Readonly<Record<string, unknown>> },
  fields: readonly string[] | undefined,
): object {
  if (fields === undefined || fields.length === 0) return state;
  const view = selected(state, fields);
  const channels = fields.flatMap((field) => channel.exec(field)?.[1] ?? []);
  if (channels.length === 0 || fields.includes('values')) return view;
  return { ...view, values: selected(state.values, channels) };
}

/** @throws LuminaError LUM_VALIDATION_FAILED for what no state has */
export function stateFieldsIn(given: string | readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const fields = listIn(given);
  if (fields.every((field) => parts.includes(field) || channel.test(field))) return fields;
  const expected = `one or several of ${parts.join(', ')}, or one of the values, for example values.messages`;
  throw new LuminaError('LUM_VALIDATION_FAILED', `select: expected ${expected}`, {
    fields: [{ field: 'select', expected }],
  });
}
