import { LuminaError } from '@lumina/contracts';
import { maxMetadataFields } from '@lumina/store';
import { ValidateBy } from 'class-validator';

const expected = `an object of at most ${maxMetadataFields} fields`;

const isMetadata = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= maxMetadataFields;

/** The decorator of `metadata`: what is in it is looked for by an index, so it has its bounds. */
export const IsMetadata = (): PropertyDecorator =>
  ValidateBy({ name: 'isMetadata', validator: { validate: isMetadata, defaultMessage: () => expected } });

/** @throws LuminaError LUM_VALIDATION_FAILED when what is added makes it too large */
export function withAdded(
  metadata: Readonly<Record<string, unknown>>,
  added: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const both = { ...metadata, ...added };
  if (isMetadata(both)) return both;
  throw new LuminaError(
    'LUM_VALIDATION_FAILED',
    `metadata: expected ${expected}, together with what it has`,
    {
      fields: [{ field: 'metadata', expected }],
    },
  );
}
