import type { FinishReason } from '../model-client';
import type { AnswerDraft } from '../endpoint/answer-draft';
import { type JsonObject, arrayOf, countOf, objectOf, stringOf } from '../endpoint/json-value';

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
};

/** Text as a string, or as the parts that some servers send. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return arrayOf(content)
    .map((part) => stringOf(objectOf(part)?.['text']) ?? '')
    .join('');
}

function addDelta(delta: JsonObject, draft: AnswerDraft): void {
  draft.say(textOf(delta['content']) + textOf(delta['refusal']));
  for (const piece of arrayOf(delta['tool_calls'])) draft.calls.add(piece);
}

function count(usage: JsonObject, draft: AnswerDraft): void {
  const details = objectOf(usage['prompt_tokens_details']) ?? objectOf(usage['input_tokens_details']);
  draft.count({
    inputTokens: countOf(usage['prompt_tokens']) ?? countOf(usage['input_tokens']),
    outputTokens: countOf(usage['completion_tokens']) ?? countOf(usage['output_tokens']),
    cachedInputTokens: countOf(details?.['cached_tokens']),
  });
}

/**
 * Reads one chunk of a chat completion, or a whole one. Reasoning is passed over; of several choices the first counts.
 * Some gateways report a failure of the model as a way to finish.
 */
export function readChatChunk(chunk: JsonObject, draft: AnswerDraft): boolean {
  draft.id ??= stringOf(chunk['id']);
  const usage = objectOf(chunk['usage']);
  if (usage !== undefined) count(usage, draft);
  const choice = objectOf(arrayOf(chunk['choices'])[0]);
  if (choice === undefined || (countOf(choice['index']) ?? 0) !== 0) return 'choices' in chunk;
  const delta = objectOf(choice['delta']) ?? objectOf(choice['message']);
  if (delta !== undefined) addDelta(delta, draft);
  const finish = stringOf(choice['finish_reason']);
  if (finish === 'error') draft.break('the model stopped with an error');
  else if (finish !== undefined) {
    draft.finish(Object.hasOwn(finishReasons, finish) ? finishReasons[finish] : undefined);
  }
  return true;
}
