import type { FinishReason } from '../model-client';
import type { AnswerDraft } from '../endpoint/answer-draft';
import { type JsonObject, arrayOf, countOf, objectOf, stringOf } from '../endpoint/json-value';

const stopReasons: Readonly<Record<string, FinishReason>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** What was read from the provider's cache and written to it stands beside `input_tokens`, not in it. */
function count(usage: JsonObject | undefined, draft: AnswerDraft): void {
  if (usage === undefined) return;
  const uncached = countOf(usage['input_tokens']);
  const cached = countOf(usage['cache_read_input_tokens']);
  const written = countOf(usage['cache_creation_input_tokens']);
  draft.count({
    inputTokens: uncached === undefined ? undefined : uncached + (cached ?? 0) + (written ?? 0),
    outputTokens: countOf(usage['output_tokens']),
    cachedInputTokens: cached,
    cacheWriteTokens: written,
  });
}

function begin(block: JsonObject, index: number | undefined, draft: AnswerDraft): void {
  if (block['type'] === 'text') draft.say(stringOf(block['text']) ?? '');
  if (block['type'] !== 'tool_use') return;
  const input = objectOf(block['input']) ?? {};
  // A call begins with an empty input; its pieces follow. A whole answer holds the input itself.
  const args = Object.keys(input).length === 0 ? '' : input;
  draft.calls.put({ index, id: stringOf(block['id']) ?? '', name: stringOf(block['name']) ?? '', args });
}

function extend(delta: JsonObject, index: number | undefined, draft: AnswerDraft): void {
  if (delta['type'] === 'text_delta') draft.say(stringOf(delta['text']) ?? '');
  if (delta['type'] !== 'input_json_delta') return;
  draft.calls.put({ index, id: '', name: '', args: stringOf(delta['partial_json']) ?? '' });
}

function stop(reason: unknown, draft: AnswerDraft): void {
  if (typeof reason !== 'string') return;
  draft.finish(Object.hasOwn(stopReasons, reason) ? stopReasons[reason] : undefined);
}

function readWhole(message: JsonObject, draft: AnswerDraft): void {
  for (const [index, block] of arrayOf(message['content']).entries())
    begin(objectOf(block) ?? {}, index, draft);
  count(objectOf(message['usage']), draft);
  stop(message['stop_reason'], draft);
}

/** Reads one event of a streamed message, or a whole message. Thinking, and events unknown here, are passed over. */
export function readMessagesEvent(event: JsonObject, draft: AnswerDraft): boolean {
  const index = countOf(event['index']);
  switch (event['type']) {
    case 'message':
      draft.id ??= stringOf(event['id']);
      readWhole(event, draft);
      draft.end();
      return true;
    case 'message_start': {
      const message = objectOf(event['message']) ?? {};
      draft.id ??= stringOf(message['id']);
      readWhole(message, draft);
      return true;
    }
    case 'content_block_start':
      begin(objectOf(event['content_block']) ?? {}, index, draft);
      return true;
    case 'content_block_delta':
      extend(objectOf(event['delta']) ?? {}, index, draft);
      return true;
    case 'message_delta':
      count(objectOf(event['usage']), draft);
      stop(objectOf(event['delta'])?.['stop_reason'], draft);
      return true;
    case 'message_stop':
      draft.end();
      return true;
    default:
      return typeof event['type'] === 'string' && event['type'] !== 'ping';
  }
}
