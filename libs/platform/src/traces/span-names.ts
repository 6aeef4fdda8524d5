/**
 * Every name of an attribute that Lumina writes, of spans and of metrics for collectors. Those of `gen_ai` follow OpenTelemetry's semantic conventions for
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
  /** Of a metric: `input` or `output`. */
  tokenType: 'gen_ai.token.type',
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
  /** How often an answer broke off and another request went on with it. */
  stitches: 'lumina.stitches',
} as const;

/** `gen_ai.operation.name`, and the first word of such a span's name. */
export const operations = { agent: 'invoke_agent', tool: 'execute_tool', chat: 'chat' } as const;

/** From the first bucket on, each so many times the one before. */
const growing = (first: number, times: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_one, index) => Number((first * times ** index).toPrecision(10)));

/** The conventions' histograms of what a client asks of models, with the buckets that they advise. */
export const genAiMetrics = {
  tokenUsage: { name: 'gen_ai.client.token.usage', unit: '{token}', buckets: growing(1, 4, 14) },
  operationDuration: { name: 'gen_ai.client.operation.duration', unit: 's', buckets: growing(0.01, 2, 14) },
  timeToFirstChunk: {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    buckets: growing(0.01, 2, 14),
  },
} as const;
