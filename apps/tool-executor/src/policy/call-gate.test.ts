import { describe, expect, it } from '@jest/globals';
import { type PolicyTable, argsDigest } from '@lumina/agent';
import type { AgentDefinition, FactOf, JournalEntry } from '@lumina/contracts';
import { agentWith, origin } from '../testing/guards';
import { callGate } from './call-gate';

const digest = (text: string): string => `#${text}`;
const args = { path: 'a.txt' };

interface Scene {
  readonly agent?: AgentDefinition;
  readonly tenantPolicy?: PolicyTable;
  readonly given?: readonly Partial<FactOf<'approval.given'>>[];
  readonly item?: string;
  readonly risk?: 'read' | 'dangerous';
}

const approval: FactOf<'approval.given'> = {
  ...{ run: 'r1', at: 1, type: 'approval.given', item: 'ask:1.0', callId: 'c1', by: 'key:1' },
  ...{ decision: 'approve', argsDigest: argsDigest(args, digest) },
};

const gateOf = ({ agent = agentWith(['t']), tenantPolicy, given = [] }: Scene, onRead = () => undefined) =>
  callGate({
    agent: async () => agent,
    journal: async (): Promise<readonly JournalEntry[]> => {
      onRead();
      return given.map((fact, index) => ({ position: index + 1, fact: { ...approval, ...fact } }));
    },
    tenantPolicy: () => tenantPolicy,
    digest,
  });

function admit(scene: Scene) {
  const { item = 'call:1.0~1', risk = 'read' } = scene;
  let journalsRead = 0;
  const gate = gateOf(scene, () => void (journalsRead += 1));
  const admission = gate.admit({ name: 't', risk }, args, { ...origin, item });
  return { admission, journalsRead: () => journalsRead };
}

const asking = agentWith(['t'], { policy: { t: 'ask' } });
const byPolicy = { kind: 'admitted', by: 'policy' };
const byPerson = { kind: 'admitted', by: 'person' };

describe('the gate before a tool', () => {
  it('lets pass what the agent may do, and looks nothing up for it', async () => {
    const { admission, journalsRead } = admit({});
    expect([await admission, journalsRead()]).toEqual([byPolicy, 0]);
  });

  it('says where programs of the call may connect, which is what the definition says that the run began with', async () => {
    const egress = ['pypi.org:443'];
    expect(await admit({ agent: agentWith(['t'], { egress }) }).admission).toEqual({ ...byPolicy, egress });
    expect(await admit({ agent: { ...asking, egress }, given: [{}] }).admission).toEqual({
      ...{ ...byPerson, egress },
    });
    expect(await admit({ agent: agentWith(['t'], { egress: [] }) }).admission).toEqual(byPolicy);
  });

  it('lets a tool of an MCP server pass to an agent that has all of them, and no other server`s', async () => {
    const agent = agentWith(['mcp__notes__*']);
    const admitted = async (name: string) =>
      (await gateOf({ agent }).admit({ name, risk: 'read' }, args, origin)).kind;
    expect(await admitted('mcp__notes__find')).toBe('admitted');
    for (const name of ['mcp__notestwo__find', 'mcp__other__find', 'mcp__notes', 't'])
      expect(await admitted(name)).toBe('refused');
  });

  it.each<[string, Scene, string]>([
    ['that is not the agent`s', { agent: agentWith(['other']) }, 'not_of_agent'],
    ['that the agent is denied', { agent: agentWith(['t'], { policy: { t: 'deny' } }) }, 'denied'],
    ['that the tenant is denied', { tenantPolicy: { t: 'deny' } }, 'denied'],
    ['that the tenant must ask for', { tenantPolicy: { t: 'ask' } }, 'not_approved'],
    ['that is dangerous', { agent: agentWith(['t'], { policy: {} }), risk: 'dangerous' }, 'not_approved'],
    ['that nobody decided about', { agent: asking }, 'not_approved'],
  ])('stops a tool %s', async (_what, scene, why) => {
    expect(await admit(scene).admission).toMatchObject({ kind: 'refused', why });
  });

  it('cannot be opened by a tenant`s policy where the agent`s is stricter', async () => {
    const scene = { agent: asking, tenantPolicy: { t: 'allow' } } as const;
    expect(await admit(scene).admission).toMatchObject({ why: 'not_approved' });
  });

  it.each(['approve', 'edit'] as const)('lets a call pass that a person decided to %s', async (decision) => {
    expect(await admit({ agent: asking, given: [{ decision }] }).admission).toEqual(byPerson);
  });

  it.each<[string, Partial<FactOf<'approval.given'>>]>([
    ['other arguments', { argsDigest: argsDigest({ path: 'b.txt' }, digest) }],
    ['another call of the answer', { item: 'ask:1.1' }],
    ['another step, whose call has the same id', { item: 'ask:2.0' }],
    ['another run of the thread', { run: 'r0' }],
  ])('does not take an approval of %s for this one', async (_what, fact) => {
    expect(await admit({ agent: asking, given: [fact] }).admission).toMatchObject({ why: 'not_approved' });
  });

  it.each(['reject', 'expire', 'answer', 'retry'] as const)(
    'does not take %s for an approval',
    async (decision) => {
      expect(await admit({ agent: asking, given: [{ decision }] }).admission).toMatchObject({
        why: 'not_approved',
      });
    },
  );

  it('knows an approval again after a crash and a retry', async () => {
    const given = [{}, { item: 'ask:1.0~1', decision: 'retry' as const }];
    expect(await admit({ agent: asking, given, item: 'call:1.0~2' }).admission).toEqual(byPerson);
  });

  it('stays shut while it cannot look things up', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    const gate = callGate({ agent: away, journal: away, tenantPolicy: () => undefined, digest });
    await expect(gate.admit({ name: 't', risk: 'read' }, args, origin)).rejects.toThrow('away');
  });
});
