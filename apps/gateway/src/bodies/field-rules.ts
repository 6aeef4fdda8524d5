import { type ValidationArguments, getMetadataStorage } from 'class-validator';

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Test = (object: object, value: unknown) => boolean;

interface FieldRules {
  /** Where one of them does not hold, the field is not looked at. */
  readonly conditions: readonly Test[];
  readonly tests: readonly Test[];
}
type ClassRules = ReadonlyMap<string, FieldRules>;

export type BodyClass = new () => object;

const known = new Map<BodyClass, ClassRules | undefined>();

/**
 * Whether an object is all that its class asks for with class-validator's decorators; what the class does not name is taken out of it.
 * False: it is not, or has rules that are not followed here. class-validator itself knows then, and says what is wrong: it looks for the
 * rules anew each time and prepares an error for each field, which takes several times as long as to follow them.
 */
export function isAsAsked(object: object, of: BodyClass): boolean {
  if (!known.has(of)) known.set(of, rulesOf(of));
  const rules = known.get(of);
  // A field of that name would have class-validator look for rules elsewhere.
  if (rules === undefined || object.constructor !== of) return false;
  for (const name of Object.keys(object)) if (!rules.has(name)) Reflect.deleteProperty(object, name);
  for (const [name, { conditions, tests }] of rules) {
    const value: unknown = Reflect.get(object, name);
    const holds = (test: Test): boolean => test(object, value);
    if (conditions.every(holds) && !tests.every(holds)) return false;
  }
  return true;
}

/** Undefined where there is something among them that is not followed here. */
function rulesOf(target: BodyClass): ClassRules | undefined {
  const all = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
  const rules = new Map<string, { conditions: Test[]; tests: Test[] }>();
  for (const one of all) {
    const field = rules.get(one.propertyName) ?? { conditions: [], tests: [] };
    rules.set(one.propertyName, field);
    if (one.type === 'conditionalValidation') field.conditions.push(conditionOf(one));
    else if (one.type === 'customValidation' && !isAsync(one)) field.tests.push(testOf(one));
    else if (one.type !== 'whitelistValidation') return undefined;
  }
  return rules.size === 0 ? undefined : rules;
}

const constraintsOf = ({ constraintCls }: Metadata) =>
  getMetadataStorage().getTargetValidatorConstraints(constraintCls);

const isAsync = (one: Metadata): boolean => constraintsOf(one).some(({ async }) => async);

function conditionOf({ constraints: [condition] }: Metadata): Test {
  const holds = condition as (object: object, value: unknown) => unknown;
  return (object, value) => Boolean(holds(object, value));
}

function testOf(one: Metadata): Test {
  const { propertyName: property, validateIf, each } = one;
  const constraints: unknown[] = one.constraints;
  const validators = constraintsOf(one).map(({ instance }) => instance);
  return (object, value) => {
    if (validateIf !== undefined && !validateIf(object, value)) return true;
    const about: ValidationArguments = {
      ...{ property, object, value, constraints },
      targetName: object.constructor.name,
    };
    const values: readonly unknown[] = each && Array.isArray(value) ? value : [value];
    return validators.every((validator) =>
      values.every((inner) => validator.validate(inner, about) === true),
    );
  };
}
