import { LuminaError } from '@lumina/contracts';

/** @throws LuminaError LUM_VALIDATION_FAILED */
export function wholeNumber(
  field: string,
  given: string | undefined,
  { min, max, absent }: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  if (given === undefined || given === '') return absent;
  const number = Number(given);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  const expected = `a whole number from ${min} to ${max}`;
  throw new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
