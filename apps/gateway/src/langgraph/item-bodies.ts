import { LuminaError } from '@lumina/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { IsNotOffered } from '../bodies/run-input';
import { PageBody } from './paging';

const maxLabels = 32;
const maxLabelCharacters = 256;
const expectedLabels = `a list of at most ${maxLabels} labels of 1 to ${maxLabelCharacters} characters, without full stops`;
const printable = /^\P{Cc}*$/u;

const isLabel = (label: unknown): label is string =>
  typeof label === 'string' &&
  label !== '' &&
  label.length <= maxLabelCharacters &&
  !label.includes('.') &&
  printable.test(label);

const areLabels = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= maxLabels && value.every(isLabel);

const IsNamespace = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNamespace',
    validator: { validate: areLabels, defaultMessage: () => expectedLabels },
  });

/** @throws LuminaError LUM_VALIDATION_FAILED */
export function checkedLabels(field: string, labels: readonly string[]): readonly string[] {
  if (areLabels(labels)) return labels;
  throw new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expectedLabels}`, {
    fields: [{ field, expected: expectedLabels }],
  });
}

class ItemKeyBody {
  @ApiProperty({ example: 'taste' })
  @IsString({ message: 'text' })
  @IsNotEmpty({ message: 'text that is not empty' })
  @MaxLength(1_024, { message: 'at most 1024 characters' })
  @Matches(printable, { message: 'text without control characters' })
  key!: string;
}

export class ItemNameBody extends ItemKeyBody {
  @ApiPropertyOptional({ type: [String], example: ['users', 'ada'] })
  @IsOptional()
  @IsNamespace()
  namespace?: string[];
}

export class PutItemBody extends ItemKeyBody {
  // No `IsOptional` may be inherited here: whoever keeps an item says where.
  @ApiProperty({ type: [String], example: ['users', 'ada'] })
  @IsNamespace()
  namespace!: string[];

  @ApiProperty({ type: Object, example: { colour: 'blue' } })
  @IsObject({ message: 'an object' })
  value!: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'How many minutes it lives after it was written or read.' })
  @IsOptional()
  @IsNumber({}, { message: 'a number of minutes' })
  @Min(0.001, { message: 'more than nothing' })
  @Max(5_256_000, { message: 'at most ten years' })
  ttl?: number;
}

export class SearchItemsBody extends PageBody {
  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsNamespace()
  namespace_prefix?: string[];

  @ApiPropertyOptional({ type: Object, example: { colour: 'blue', age: { $gte: 18 } } })
  @IsOptional()
  @IsObject({ message: 'an object' })
  filter?: Record<string, unknown>;

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  refresh_ttl?: boolean;

  @IsNotOffered('searching by meaning')
  query?: unknown;
}

export class ListNamespacesBody extends PageBody {
  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsNamespace()
  prefix?: string[];

  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsNamespace()
  suffix?: string[];

  @ApiPropertyOptional()
  @IsOptional()
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: '1 or more' })
  @Max(maxLabels, { message: `at most ${maxLabels}` })
  max_depth?: number;
}
