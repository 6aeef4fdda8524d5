import type { Prompt } from '@lumina/agent';
import type { AgentDefinition, AnswerFormat } from '@lumina/contracts';
import { type ModelRequest, isStrictSchema } from '@lumina/models';

function formOf({ name, answer }: AgentDefinition): AnswerFormat | undefined {
  if (answer?.schema === undefined) return undefined;
  const { schema } = answer;
  return { type: 'json_schema', name, schema, isStrict: isStrictSchema(schema) };
}

/** For whom a model is asked, and in which span. */
export interface Asker {
  readonly tenant: string;
  readonly traceparent: string | undefined;
}

/** What the model is asked: the prompt, as the agent's definition and the run's own options want it answered. */
export function modelRequest(
  agent: AgentDefinition,
  prompt: Prompt,
  { tenant, traceparent }: Asker,
): ModelRequest {
  const { system, messages, tools, options = {} } = prompt;
  const { toolChoice, isParallelCallsAllowed, sampling } = options;
  const { temperature, promptCache, answerCache } = agent;
  const answerFormat = options.answerFormat ?? formOf(agent);
  return {
    ...{ system, messages, tools },
    maxOutputTokens: Math.min(options.maxOutputTokens ?? agent.maxOutputTokens, agent.maxOutputTokens),
    sampling: { ...(temperature === undefined ? {} : { temperature }), ...sampling },
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(isParallelCallsAllowed === undefined ? {} : { isParallelCallsAllowed }),
    ...(answerFormat === undefined ? {} : { answerFormat }),
    ...(promptCache === undefined ? {} : { promptCache }),
    ...(answerCache === undefined ? {} : { cache: { tenant, ttlMs: answerCache.ttlMs } }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
