import type { FinishReason } from '../model-client';
import type { AnswerDraft } from '../endpoint/answer-draft';
import { type JsonObject, arrayOf, countOf, objectOf, stringOf } from '../endpoint/json-value';
import { statusOfError } from '../endpoint/stream-errors';

const reasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
};

function addCall(item: JsonObject, index: number | undefined, args: unknown, draft: AnswerDraft): void {
  if (item['type'] !== 'function_call') return;
  const id = stringOf(item['call_id']) ?? stringOf(item['id']) ?? '';
  draft.calls.put({ index, id, name: stringOf(item['name']) ?? '', args });
}

/** The words and calls of a response that came whole. */
function addOutput(output: unknown, draft: AnswerDraft): void {
  for (const [index, entry] of arrayOf(output).entries()) {
    const item = objectOf(entry) ?? {};
    addCall(item, index, item['arguments'], draft);
    if (item['type'] !== 'message') continue;
    for (const part of arrayOf(item['content'])) {
      const { text, refusal } = objectOf(part) ?? {};
      draft.say(stringOf(text) ?? stringOf(refusal) ?? '');
    }
  }
}

function finish(response: JsonObject, draft: AnswerDraft): void {
  if (!draft.hasOutput) addOutput(response['output'], draft);
  const usage = objectOf(response['usage']) ?? {};
  draft.count({
    inputTokens: countOf(usage['input_tokens']),
    outputTokens: countOf(usage['output_tokens']),
    cachedInputTokens: countOf(objectOf(usage['input_tokens_details'])?.['cached_tokens']),
  });
  const reason = stringOf(objectOf(response['incomplete_details'])?.['reason']) ?? '';
  draft.finish(Object.hasOwn(reasons, reason) ? reasons[reason] : undefined);
  draft.end();
}

function fail(error: unknown, draft: AnswerDraft): void {
  if (objectOf(error) === undefined) draft.break('the model failed without a word');
  else draft.refuse(statusOfError(error), error);
}

function readWhole(response: JsonObject, draft: AnswerDraft): boolean {
  draft.id ??= stringOf(response['id']);
  if (response['status'] === 'failed') fail(response['error'], draft);
  else finish(response, draft);
  return true;
}

/** Reads one event of a streamed response, or a whole response. Reasoning, and events unknown here, are passed over. */
export function readResponsesEvent(event: JsonObject, draft: AnswerDraft): boolean {
  if (event['object'] === 'response') return readWhole(event, draft);
  const response = objectOf(event['response']);
  const index = countOf(event['output_index']);
  draft.id ??= stringOf(response?.['id']);
  switch (event['type']) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      draft.say(stringOf(event['delta']) ?? '');
      return true;
    case 'response.output_item.added':
      // What some servers send of the arguments here comes again in pieces, or at the end.
      addCall(objectOf(event['item']) ?? {}, index, '', draft);
      return true;
    case 'response.function_call_arguments.delta':
      draft.calls.put({ index, id: '', name: '', args: stringOf(event['delta']) ?? '' });
      return true;
    case 'response.output_item.done': {
      const item = objectOf(event['item']) ?? {};
      if (index === undefined || !draft.calls.hasArguments(index))
        addCall(item, index, item['arguments'], draft);
      return true;
    }
    case 'response.completed':
    case 'response.incomplete':
      finish(response ?? {}, draft);
      return true;
    case 'response.failed':
      fail(response?.['error'], draft);
      return true;
    case 'error':
      fail(event, draft);
      return true;
    default:
      return typeof event['type'] === 'string';
  }
}
