import { type PolicyTable, argsDigest, deniedReason, isApproved, isToolOf, policyOf } from '@lumina/agent';
import type { AgentDefinition, JournalEntry } from '@lumina/contracts';
import type { Tool } from '../tool';
import type { CallOrigin } from './call-origin';

/**
 * The last gate before a tool. Invariants:
 *
 * G1 Whether a call may be run is decided here once more, from the definition that the run began with and from what the deployment says
 *    of the tenant now; not from what the call's task says of itself.
 * G2 A call that needs a person is run only if the journal holds the decision about exactly these arguments, at this place of the run.
 * G3 What cannot be looked up is not run: `admit` rejects, and the call stays open.
 *
 * A call that nobody is asked about costs no round trip.
 */
export interface CallGate {
  admit(
    tool: Pick<Tool, 'name' | 'risk'>,
    args: Readonly<Record<string, unknown>>,
    origin: CallOrigin,
  ): Promise<Admission>;
}

export type Admission =
  /** `egress`: where programs of this call may connect, `host:port` each. */
  | {
      readonly kind: 'admitted';
      readonly by: 'policy' | 'person';
      readonly egress?: readonly string[];
    }
  /** `reason` is for the model. */
  | {
      readonly kind: 'refused';
      readonly why: 'not_of_agent' | 'denied' | 'not_approved';
      readonly reason: string;
    };

export interface GateKnowledge {
  readonly agent: (digest: string) => Promise<AgentDefinition>;
  readonly journal: (thread: string) => Promise<readonly JournalEntry[]>;
  readonly tenantPolicy: (tenant: string) => PolicyTable | undefined;
  /** SHA-256, hex. */
  readonly digest: (text: string) => string;
}

export const callGate = ({ agent, journal, tenantPolicy, digest }: GateKnowledge): CallGate => ({
  async admit(tool, args, { run, item, thread, tenant, agentDigest }) {
    const definition = await agent(agentDigest);
    if (!isToolOf(definition, tool.name))
      return refused('not_of_agent', `${tool.name} is not among this agent's tools`);
    const policies = { agent: definition, tenantPolicy: tenantPolicy(tenant) };
    switch (policyOf(tool, policies)) {
      case 'allow':
        return admitted('policy', definition);
      case 'deny':
        return refused('denied', deniedReason(tool.name, policies));
      case 'ask': {
        const call = { run, item, argsDigest: argsDigest(args, digest) };
        if (isApproved(await journal(thread), call)) return admitted('person', definition);
        return refused(
          'not_approved',
          `${tool.name} needs a person's approval, which this call does not have; ask for it again`,
        );
      }
    }
  },
});

const admitted = (by: 'policy' | 'person', { egress = [] }: AgentDefinition): Admission => ({
  ...{ kind: 'admitted', by },
  ...(egress.length === 0 ? {} : { egress }),
});

const refused = (why: Extract<Admission, { kind: 'refused' }>['why'], reason: string): Admission => ({
  kind: 'refused',
  why,
  reason,
});
