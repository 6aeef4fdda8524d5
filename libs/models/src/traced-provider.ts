import { type SpanAttributes, type Tracing, operations, parseTraceparent, spanNames } from '@lumina/platform';
import type { ModelRequest } from './model-client';
import type { AskOutcome, ListOutcome, ModelProvider, Reply } from './provider';

export interface ModelTracing {
  readonly tracing: Tracing;
  /** Whether spans hold prompts and answers. */
  readonly showsContent: boolean;
  /** Whether the provider is told which span asks. */
  readonly tellsProvider: boolean;
}

/** A provider each of whose requests is a span: retries, fallbacks and summaries each show for themselves. */
export class TracedProvider implements ModelProvider {
  readonly id: string;

  constructor(
    private readonly provider: ModelProvider,
    private readonly options: ModelTracing,
  ) {
    this.id = provider.id;
  }

  get hasKeys(): boolean {
    return this.provider.hasKeys;
  }

  async ask(
    model: string,
    { traceparent, ...request }: ModelRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<AskOutcome> {
    const parent = parseTraceparent(traceparent);
    if (parent === undefined) return this.provider.ask(model, request, onText, signal);
    const { tracing, showsContent, tellsProvider } = this.options;
    const span = tracing.start(`${operations.chat} ${model}`, {
      kind: 'client',
      parent,
      attributes: requestAttributes(this.id, model, request),
    });
    if (showsContent && span.context.isSampled) span.set(promptAttributes(request));
    const told = tellsProvider ? { ...request, traceparent: span.traceparent } : request;
    try {
      const outcome = await this.provider.ask(model, told, onText, signal);
      if (outcome.kind === 'replied') {
        span.set(replyAttributes(outcome.reply));
        if (showsContent) span.set({ [spanNames.outputMessages]: outputOf(outcome.reply) });
      }
      span.end(outcome.kind === 'replied' ? undefined : errorTypeOf(outcome));
      return outcome;
    } finally {
      span.end('bug');
    }
  }

  list(timeoutMs: number): Promise<ListOutcome> {
    return this.provider.list(timeoutMs);
  }

  checkKeys(timeoutMs: number): Promise<readonly ListOutcome[]> {
    return this.provider.checkKeys(timeoutMs);
  }
}

/** A word for how a request came to nothing. */
export const errorTypeOf = (outcome: Exclude<AskOutcome, { kind: 'replied' }>): string => {
  if (outcome.kind === 'aborted') return 'cancelled';
  return outcome.failure.isTimeout === true ? 'timeout' : outcome.failure.code;
};

const requestAttributes = (
  provider: string,
  model: string,
  { maxOutputTokens, sampling, answerFormat }: ModelRequest,
): SpanAttributes => ({
  [spanNames.operation]: operations.chat,
  [spanNames.provider]: provider,
  [spanNames.requestModel]: model,
  [spanNames.maxTokens]: maxOutputTokens,
  [spanNames.temperature]: sampling?.temperature,
  [spanNames.topP]: sampling?.topP,
  [spanNames.outputType]: answerFormat === undefined ? 'text' : 'json',
});

const replyAttributes = ({ usage, finishReason, requestId, timeToFirstTokenMs }: Reply): SpanAttributes => ({
  [spanNames.inputTokens]: usage.inputTokens,
  [spanNames.outputTokens]: usage.outputTokens,
  [spanNames.cachedInputTokens]: usage.cachedInputTokens,
  [spanNames.cacheWriteTokens]: usage.cacheWriteTokens,
  [spanNames.finishReasons]: [finishReason],
  [spanNames.responseId]: requestId,
  [spanNames.timeToFirstChunk]: timeToFirstTokenMs / 1_000,
});

const text = (content: string) => ({ type: 'text', content });

function promptAttributes({ system, messages }: ModelRequest): SpanAttributes {
  const input = messages.map((message) => {
    if (message.role === 'tool') {
      const { toolCallId: id, content: response } = message;
      return { role: 'tool', parts: [{ type: 'tool_call_response', id, response }] };
    }
    const calls = message.role === 'assistant' ? message.toolCalls.map(callPart) : [];
    return { role: message.role, parts: [text(message.content), ...calls] };
  });
  return {
    [spanNames.systemInstructions]: JSON.stringify([text(system)]),
    [spanNames.inputMessages]: JSON.stringify(input),
  };
}

const callPart = ({ id, name, args }: Reply['toolCalls'][number]) => ({
  type: 'tool_call',
  id,
  name,
  arguments: args,
});

function outputOf({ content, toolCalls, finishReason }: Reply): string {
  const parts = [text(content), ...toolCalls.map(callPart)];
  return JSON.stringify([{ role: 'assistant', parts, finish_reason: finishReason }]);
}
