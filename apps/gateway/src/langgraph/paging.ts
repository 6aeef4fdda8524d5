import { LuminaError } from '@lumina/contracts';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export const maxPage = 1_000;
const maxOffset = 1_000_000;

/** Which part of a long list is wanted. */
export class PageBody {
  @ApiPropertyOptional({ default: 10 })
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(maxPage, { message: `at most ${maxPage}` })
  limit?: number;

  @ApiPropertyOptional({ default: 0 })
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(0, { message: '0 or more' })
  @Max(maxOffset, { message: `at most ${maxOffset}` })
  offset?: number;
}

/** A whole number of a query. @throws LuminaError LUM_VALIDATION_FAILED */
export function numberIn(
  name: string,
  given: string | undefined,
  { from, to, otherwise }: { from: number; to: number; otherwise: number },
): number {
  const value = given === undefined ? otherwise : /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= from && value <= to) return value;
  const expected = `a whole number from ${from} to ${to}`;
  throw new LuminaError('LUM_VALIDATION_FAILED', `${name}: expected ${expected}`, {
    fields: [{ field: name, expected }],
  });
}

export const limitIn = (given: string | undefined): number =>
  numberIn('limit', given, { from: 1, to: maxPage, otherwise: 10 });

export const offsetIn = (given: string | undefined): number =>
  numberIn('offset', given, { from: 0, to: maxOffset, otherwise: 0 });
