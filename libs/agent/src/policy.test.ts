import { describe, expect, it } from '@jest/globals';
import { type ToolPolicy, toolPolicies } from '@lumina/contracts';
import { deniedReason, policyOf } from './policy';
import { accepted, agentOf, answered, call } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));

const decided = (
  own: ToolPolicy | undefined,
  ofTenant: ToolPolicy | undefined,
  risk: 'read' | 'dangerous' = 'read',
) =>
  policyOf(
    { name: 't', risk },
    {
      agent: { policy: own === undefined ? {} : { t: own } },
      tenantPolicy: ofTenant === undefined ? undefined : { t: ofTenant },
    },
  );

describe('policy', () => {
  it.each(toolPolicies.flatMap((own) => toolPolicies.map((ofTenant) => [own, ofTenant] as const)))(
    'is the stricter of %s for the agent and %s for the tenant',
    (own, ofTenant) => {
      const stricter = toolPolicies[Math.max(toolPolicies.indexOf(own), toolPolicies.indexOf(ofTenant))];
      expect(decided(own, ofTenant)).toBe(stricter);
    },
  );

  it('asks for what is dangerous, and allows all else, where nothing is said', () => {
    expect([decided(undefined, undefined), decided(undefined, undefined, 'dangerous')]).toEqual([
      'allow',
      'ask',
    ]);
    expect(decided(undefined, 'allow', 'dangerous')).toBe('ask');
    expect(decided('allow', undefined, 'dangerous')).toBe('allow');
  });

  it.each(['constructor', '__proto__', 'toString'])('is not taken in by a tool called %s', (name) => {
    expect(policyOf({ name, risk: 'dangerous' }, { agent: { policy: {} }, tenantPolicy: {} })).toBe('ask');
  });

  it('says who denies', () => {
    const agent = { policy: { t: 'deny' } } as const;
    expect(deniedReason('t', { agent })).toBe('this agent may not call t');
    expect(deniedReason('t', { agent: { policy: {} }, tenantPolicy: agent.policy })).toBe(
      't may not be called here',
    );
  });

  it('of the tenant holds for each call that a model asks for', () => {
    const begun = given(accepted());
    const asks = { type: 'model.answered', fact: answered(1, [call('a')]) } as const;
    begun.when(asks).then({ open: [{ item: 'call:1.0' }] });
    begun
      .under({ tenantPolicy: { read_file: 'ask' } })
      .when(asks)
      .then({ open: [{ item: 'ask:1.0' }] });
    begun
      .under({ tenantPolicy: { read_file: 'deny' }, agent: agentOf({ policy: { read_file: 'allow' } }) })
      .when(asks)
      .then({ open: [], facts: [{}, { message: { content: 'Error: read_file may not be called here' } }] });
  });
});
