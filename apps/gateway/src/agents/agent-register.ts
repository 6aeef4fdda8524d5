import { createHash } from 'node:crypto';
import { type LuminaFile, agentsOf, canonicalDefinition } from '@lumina/agent';
import { type AgentDefinition, LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { v5 as uuidV5 } from 'uuid';

/** The namespace of the stable ids by which LangGraph clients may call an agent. */
const namespace = '6f1b8a5e-2f0b-5d0c-9a55-6c756d696e61';

export const assistantIdOf = (name: string): string => uuidV5(name, namespace);

export interface RegisteredAgent {
  readonly definition: AgentDefinition;
  readonly assistantId: string;
  readonly digest: string;
  readonly json: string;
}

/** The agents of this deployment, by name and by id. */
export class AgentRegister {
  private readonly agents: readonly RegisteredAgent[];
  private readonly byName: ReadonlyMap<string, RegisteredAgent>;

  constructor(
    private readonly file: LuminaFile,
    private readonly store: Pick<RunStore, 'putAgent'>,
    /** Since when the agents are as they are, ms since the epoch: for clients that show it. */
    readonly sinceMs = 0,
  ) {
    this.agents = agentsOf(file).map(register);
    this.byName = new Map(
      this.agents.flatMap((agent) => [
        [agent.definition.name, agent],
        [agent.assistantId, agent],
      ]),
    );
  }

  list(): readonly RegisteredAgent[] {
    return this.agents;
  }

  /** @throws LuminaError LUM_AGENT_NOT_FOUND, naming those that there are */
  find(nameOrId: string | undefined): RegisteredAgent {
    const agent = this.byName.get(nameOrId ?? this.file.defaultAgent);
    if (agent !== undefined) return agent;
    const known = this.agents.map(({ definition }) => definition.name).join(', ');
    throw new LuminaError(
      'LUM_AGENT_NOT_FOUND',
      `There is no agent "${nameOrId ?? ''}". There are: ${known}.`,
    );
  }

  /** Gives the store the definition that a run begins with. */
  put({ digest, json }: RegisteredAgent): Promise<void> {
    return this.store.putAgent(digest, json);
  }
}

function register(definition: AgentDefinition): RegisteredAgent {
  const json = canonicalDefinition(definition);
  const digest = createHash('sha256').update(json).digest('hex');
  return { definition, assistantId: assistantIdOf(definition.name), digest, json };
}
