/**
 * Every name of a span's attribute that Lumina writes. Those of `gen_ai` follow OpenTelemetry's semantic conventions for
 * generative AI, which are not stable yet: what they rename is renamed here alone. Those of `lumina` are ours.
 */
export const spanNames = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  outputType: 'gen_ai.output.type',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  agent: 'gen_ai.agent.name',
  conversation: 'gen_ai.conversation.id',
  tool: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCall: 'gen_ai.tool.call.id',
  /** Only by explicit opt-in. */
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  errorType: 'error.type',
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  run: 'lumina.run.id',
  tenant: 'lumina.tenant',
  item: 'lumina.item',
  attempt: 'lumina.attempt',
  outcome: 'lumina.outcome',
  /** How the doorbell came: `knock`, or `queue`. */
  doorbell: 'lumina.doorbell',
  costUsd: 'lumina.cost_usd',
  isNew: 'lumina.run.is_new',
  isCached: 'lumina.is_cached',
} as const;

/** `gen_ai.operation.name`, and the first word of such a span's name. */
export const operations = { agent: 'invoke_agent', tool: 'execute_tool', chat: 'chat' } as const;
