import { type AgentDefinition, agentDefinitionSchema } from '@lumina/contracts';
import type { RunStore } from './run-store';

const kept = 500;

/** Agent definitions by digest. A digest never changes its meaning, so what was read once stays. */
export class AgentLibrary {
  private readonly known = new Map<string, AgentDefinition>();

  constructor(private readonly store: Pick<RunStore, 'agent'>) {}

  /** @throws Error when the store does not hold the definition: it was promised to every run that began with it */
  async get(digest: string): Promise<AgentDefinition> {
    const known = this.known.get(digest);
    if (known !== undefined) return known;
    const json = await this.store.agent(digest);
    if (json === undefined) throw new Error(`the store holds no agent definition ${digest}`);
    const definition = agentDefinitionSchema.parse(JSON.parse(json));
    if (this.known.size >= kept) this.known.delete(this.known.keys().next().value ?? '');
    this.known.set(digest, definition);
    return definition;
  }
}
