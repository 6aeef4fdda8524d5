import type { RunRequest } from '../runs/run-intake';
import { type CreateChatCompletionBody, stopSchema } from './chat-body';
import { messagesSchema, toldByMessages } from './chat-messages';
import { chatToolsSchema, responseFormatSchema, toolChoiceSchema } from './request-tools';
import type { Asker } from './response-requests';
import { runOptionsOf } from './run-options';

/** A chat completion as a run in a thread of its own: its client keeps the conversation. */
export function chatRequest(body: CreateChatCompletionBody, { caller, idempotencyKey }: Asker): RunRequest {
  const told = toldByMessages(messagesSchema.parse(body.messages));
  return {
    tenant: caller.tenant,
    user: caller.user ?? caller.name,
    agent: body.model,
    thread: undefined,
    input: told.input,
    context: told.context,
    options: optionsOf(body, told.instructions),
    door: { name: 'openai.chat', request: { metadata: body.metadata ?? {} } },
    ifThreadMissing: 'create',
    ifThreadBusy: 'enqueue',
    metadata: {},
    idempotencyKey,
  };
}

function optionsOf(body: CreateChatCompletionBody, instructions: string) {
  return runOptionsOf({
    instructions,
    tools: body.tools === undefined ? undefined : chatToolsSchema.parse(body.tools),
    choice: body.tool_choice === undefined ? undefined : toolChoiceSchema.parse(body.tool_choice),
    isParallelCallsAllowed: body.parallel_tool_calls,
    answerFormat:
      body.response_format === undefined ? undefined : responseFormatSchema.parse(body.response_format),
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    sampling: {
      temperature: body.temperature,
      topP: body.top_p,
      presencePenalty: body.presence_penalty,
      frequencyPenalty: body.frequency_penalty,
      seed: body.seed,
      stop: body.stop === undefined ? undefined : stopSchema.parse(body.stop),
      reasoningEffort: body.reasoning_effort,
    },
  });
}
