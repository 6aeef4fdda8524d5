import type { Prompt } from '@lumina/agent';
import type { AgentDefinition } from '@lumina/contracts';
import type { ModelRequest } from '@lumina/models';

/** What the model is asked: the prompt, as the agent's definition and the run's own options want it answered. */
export function modelRequest(agent: AgentDefinition, prompt: Prompt): ModelRequest {
  const { system, messages, tools, options = {} } = prompt;
  const { toolChoice, isParallelCallsAllowed, answerFormat, sampling } = options;
  const { temperature } = agent;
  return {
    ...{ system, messages, tools },
    maxOutputTokens: Math.min(options.maxOutputTokens ?? agent.maxOutputTokens, agent.maxOutputTokens),
    sampling: { ...(temperature === undefined ? {} : { temperature }), ...sampling },
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(isParallelCallsAllowed === undefined ? {} : { isParallelCallsAllowed }),
    ...(answerFormat === undefined ? {} : { answerFormat }),
  };
}
