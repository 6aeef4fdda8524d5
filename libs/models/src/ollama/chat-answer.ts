import type { AnswerDraft } from '../endpoint/answer-draft';
import { type JsonObject, arrayOf, countOf, objectOf, stringOf } from '../endpoint/json-value';

/** Each call comes whole; most servers give neither an id nor a place. */
function addCalls(calls: unknown, draft: AnswerDraft): void {
  for (const entry of arrayOf(calls)) {
    const { name, arguments: args } = objectOf(objectOf(entry)?.['function']) ?? {};
    const id = stringOf(objectOf(entry)?.['id']) ?? '';
    draft.calls.put({ index: draft.calls.size, id, name: stringOf(name) ?? '', args });
  }
}

/** Reads one line of a chat. Thinking is passed over. */
export function readOllamaLine(line: JsonObject, draft: AnswerDraft): boolean {
  const message = objectOf(line['message']);
  if (message === undefined && line['done'] === undefined) return false;
  draft.say(stringOf(message?.['content']) ?? '');
  addCalls(message?.['tool_calls'], draft);
  if (line['done'] !== true) return true;
  draft.count({
    inputTokens: countOf(line['prompt_eval_count']),
    outputTokens: countOf(line['eval_count']),
  });
  draft.finish(line['done_reason'] === 'length' ? 'length' : undefined);
  draft.end();
  return true;
}
