import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenSandbox } from './open-sandbox';
import { defaultLimits, sandboxTiers } from './sandbox';
import { allAttacks } from './testing/attacks';
import { openedTier } from './testing/opened-tier';
import { type AttackField, attackField, attackScript } from './testing/attack-field';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const never = new AbortController().signal;

let field: AttackField;
beforeEach(async () => {
  field = await attackField(architecture);
});
afterEach(() => field.remove());

describe.each(sandboxTiers)('%s holds', (tier) => {
  let sandbox: OpenSandbox;
  beforeAll(async () => {
    sandbox = await openedTier(tier);
  });
  afterAll(() => sandbox.close());

  it.each(allAttacks)('$kind: $name', async ({ perl }) => {
    const limits = { ...defaultLimits, wallMs: 5_000 };
    const argv = ['/usr/bin/perl', '-e', attackScript(perl)] as const;
    const outcome = await sandbox.run({ ...field.spec, argv, stdin: field.facts, limits }, never);
    const said = outcome.stdout.head.toString() + outcome.stderr.head.toString();
    // A script that breaks has attacked nothing.
    expect({ end: outcome.end, said, damage: await field.damage() }).toEqual({
      end: { kind: 'exited', exitCode: 0 },
      said: expect.stringMatching(/^held\n/),
      damage: [],
    });
  });
});

describe('without a sandbox, as root, the same attempts succeed', () => {
  const controls = allAttacks.filter(({ control }) => control);

  it('and every class has some', () => {
    const kinds = new Set(allAttacks.map(({ kind }) => kind));
    expect(new Set(controls.map(({ kind }) => kind))).toEqual(kinds);
    expect(process.getuid?.()).toBe(0);
  });

  it.each(controls)('$kind: $name', async ({ perl }) => {
    const said = await field.runPlainly(attackScript(perl));
    const damage = await field.damage();
    expect(said.includes('GOT IN') || damage.length > 0).toBe(true);
  });
});
