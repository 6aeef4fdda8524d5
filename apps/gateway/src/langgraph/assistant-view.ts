import type { AgentDefinition } from '@lumina/contracts';
import type { RegisteredAgent } from '../agents/agent-register';

/** Agents as LangGraph clients know them. An agent comes from the configuration, so there is one version of it. */
export const assistantView = ({ definition, assistantId }: RegisteredAgent, sinceMs: number) => ({
  assistant_id: assistantId,
  version: 1,
  config: {},
  context: {},
  created_at: new Date(sinceMs).toISOString(),
  updated_at: new Date(sinceMs).toISOString(),
  graph_id: definition.name,
  metadata: { created_by: 'system' },
  name: definition.name,
  description: definition.description,
});

const text = { type: 'string' } as const;
const message = {
  type: 'object',
  properties: {
    type: text,
    id: text,
    content: text,
    tool_calls: { type: 'array', items: { type: 'object' } },
  },
  required: ['type', 'content'],
} as const;
const messages = (title: string) => ({
  title,
  type: 'object',
  properties: { messages: { type: 'array', items: message } },
  required: ['messages'],
});

export const schemasOf = ({ name }: AgentDefinition) => ({
  graph_id: name,
  input_schema: messages(`${name}_input`),
  output_schema: messages(`${name}_output`),
  state_schema: messages(`${name}_state`),
  config_schema: { title: `${name}_config`, type: 'object', properties: {} },
  context_schema: { title: `${name}_context`, type: 'object', properties: {} },
});

const runnable = (id: string) => ({
  id,
  type: 'runnable',
  data: { id: ['langgraph', 'utils', 'RunnableCallable'], name: id },
});

const schema = (id: string) => ({ id, type: 'schema', data: id });

/** Every agent is the same loop: ask the model, run the tools that it calls, ask again. */
export const graphOf = () => ({
  nodes: [schema('__start__'), runnable('agent'), runnable('tools'), schema('__end__')],
  edges: [
    { source: '__start__', target: 'agent' },
    { source: 'agent', target: 'tools', conditional: true },
    { source: 'agent', target: '__end__', conditional: true },
    { source: 'tools', target: 'agent' },
  ],
});
