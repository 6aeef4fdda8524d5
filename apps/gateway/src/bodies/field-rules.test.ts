import { describe, expect, it } from '@jest/globals';
import {
  IsDefined,
  IsOptional,
  IsString,
  MaxLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  getMetadataStorage,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import '../app.module';
import { isAsAsked } from './field-rules';

type Body = new () => object;

/** The bodies of all routes. */
const bodies = [
  ...(
    getMetadataStorage() as unknown as { validationMetadatas: ReadonlyMap<Body, unknown> }
  ).validationMetadatas.keys(),
].filter((body) => typeof body === 'function');

/** As the pipe makes it. */
const made = (body: Body, fields: object): object => {
  const given = Object.entries(structuredClone(fields)).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.assign(new body(), Object.fromEntries(given));
};
const asValidated = (body: Body, fields: object) => {
  const object = made(body, fields);
  const isValid = validateSync(object, { whitelist: true, stopAtFirstError: true }).length === 0;
  return { isValid, object: isValid ? object : undefined };
};
const asAsked = (body: Body, fields: object) => {
  const object = made(body, fields);
  const isValid = isAsAsked(object, body);
  return { isValid, object: isValid ? object : undefined };
};

const namesOf = (body: Body): readonly string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(body, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];

/** Such as are asked for somewhere, and such as nobody asks for. */
const samples: readonly unknown[] = [
  ...[
    'text',
    '',
    'values',
    'interrupt',
    'reject',
    'create',
    'https://example.com/x',
    '* * * * *',
    'a'.repeat(200),
  ],
  ...[
    '0b0f6f0a-7f1e-5b7a-8c3e-6b65796e616d',
    ['0b0f6f0a-7f1e-5b7a-8c3e-6b65796e616d'],
    ['values', 'updates'],
  ],
  ...[0, 1, 5, -1, 1.5, 10_000, true, false, [], {}, [null], ['x', 7]],
  ...[{ messages: [{ role: 'user', content: 'a' }] }, { messages: 'a' }, { resume: true }, { a: { b: 1 } }],
];
const anyValue = fc.oneof(fc.constantFrom(...samples), fc.uuid(), fc.jsonValue({ maxDepth: 2 }));

/** Mostly what class-validator finds no fault with. */
function valueOf(body: Body, name: string): fc.Arbitrary<unknown> {
  const isGood = (value: unknown): boolean =>
    validateSync(made(body, { [name]: value }), { whitelist: true }).every(
      ({ property }) => property !== name,
    );
  const good = samples.filter(isGood);
  return good.length === 0
    ? anyValue
    : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...good) }, anyValue);
}

describe('isAsAsked', () => {
  it('says of the bodies of all routes what class-validator says, and leaves the same of them', () => {
    expect(bodies.length).toBeGreaterThan(30);
    const verdicts = { true: 0, false: 0 };
    for (const body of bodies) {
      const names = namesOf(body);
      const fields = fc.record(
        Object.fromEntries([...names, 'unknown'].map((name) => [name, valueOf(body, name)])),
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(fields, (given) => {
          const verdict = asAsked(body, given);
          expect(verdict).toEqual(asValidated(body, given));
          verdicts[`${verdict.isValid}`] += 1;
        }),
        { numRuns: 100 },
      );
    }
    expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(300);
  });

  class Plain {
    @IsString()
    @MaxLength(3)
    text!: string;

    @IsOptional()
    @IsString({ each: true })
    list?: string[];
  }
  class More extends Plain {
    @ValidateIf(({ text }: More) => text === 'yes')
    @IsString()
    why?: string;
  }

  it.each<[Body, object, boolean]>([
    [Plain, { text: 'abc' }, true],
    [Plain, { text: 'abcd' }, false],
    [Plain, { text: 'a', list: ['a', 7] }, false],
    [Plain, { text: 'a', list: [] }, true],
    [More, { text: 'yes' }, false],
    [More, { text: 'no' }, true],
    [More, { text: 'yes', why: 'so' }, true],
  ])('%s %j: %s', (body, fields, isValid) => {
    expect([asAsked(body, fields).isValid, asValidated(body, fields).isValid]).toEqual([isValid, isValid]);
  });

  it('takes out what the class does not name', () => {
    expect(asAsked(Plain, { text: 'a', more: 1 }).object).toEqual({ text: 'a' });
  });

  it("leaves a body whose field stands in its class's place to class-validator", () => {
    const given = { text: 'a', constructor: 'b' };
    expect([asAsked(Plain, given).isValid, asValidated(Plain, given).isValid]).toEqual([false, false]);
  });

  it('does not say yes where it does not follow a rule', () => {
    class Nested {
      @ValidateNested()
      inner!: Plain;
    }
    class Defined {
      @IsDefined()
      text!: string;
    }
    class Late {
      @ValidateBy({ name: 'late', async: true, validator: { validate: () => Promise.resolve(true) } })
      text!: string;
    }
    class Promised {
      @ValidateBy({ name: 'promised', validator: { validate: () => Promise.resolve(false) } })
      text!: string;
    }
    class Bare {
      text = '';
    }
    for (const body of [Nested, Defined, Late, Promised, Bare])
      expect(asAsked(body, { text: 'a', inner: { text: 'abcd' } }).isValid).toBe(false);
  });
});
