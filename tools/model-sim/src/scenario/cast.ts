import { hash } from 'node:crypto';
import type { ChatRequest } from '../chat/request';
import { type Scenario, type ScenarioBook, builtinName, defaultScenarioName } from './book';
import type { ResponseFields } from './schema';

/** What a request is answered with. `turn` counts from 0, `attempt` from 1. */
export type Casting =
  | { readonly kind: 'builtin' }
  | {
      readonly kind: 'scripted';
      readonly scenario: Scenario;
      readonly turn: number;
      readonly attempt: number | null;
      readonly response: ResponseFields;
    }
  | { readonly kind: 'refused'; readonly scenario: string; readonly message: string };

const maxCountedConversations = 100_000;

/** Counts how often the same conversation was asked. The longest unasked are forgotten when there are too many. */
export class AttemptCounter {
  readonly #counts = new Map<string, number>();

  next(conversation: string): number {
    const count = (this.#counts.get(conversation) ?? 0) + 1;
    this.#counts.delete(conversation);
    this.#counts.set(conversation, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxCountedConversations && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  clear(): void {
    this.#counts.clear();
  }
}

export function lastUserMessage(request: ChatRequest): string {
  return request.messages.findLast((message) => message.role === 'user')?.text ?? '';
}

/** Assistant messages since the last user message: which turn of a scenario this request asks for. */
export function turnOf(request: ChatRequest): number {
  const start = request.messages.findLastIndex((message) => message.role === 'user');
  return request.messages.slice(start + 1).filter((message) => message.role === 'assistant').length;
}

/** @param named scenario that the request names by header; null: chosen by the conversation */
export function cast(
  book: ScenarioBook,
  request: ChatRequest,
  named: string | null,
  attempts: AttemptCounter,
): Casting {
  if (named === builtinName) return { kind: 'builtin' };
  const scenario = named === null ? chosen(book, request) : book.scenarios.find(({ name }) => name === named);
  if (scenario === undefined) return named === null ? { kind: 'builtin' } : unknownScenario(book, named);
  const turn = turnOf(request);
  const index = scenario.repeatsLastTurn ? Math.min(turn, scenario.turns.length - 1) : turn;
  const responses = scenario.turns[index];
  if (responses === undefined) return exhausted(scenario, turn);
  const attempt = responses.length > 1 ? attempts.next(conversationKey(scenario, index, request)) : null;
  const response = responses[Math.min(attempt ?? 1, responses.length) - 1];
  if (response === undefined) throw new Error(`scenario ${scenario.name} has a turn without responses`);
  return { kind: 'scripted', scenario, turn, attempt, response };
}

function chosen(book: ScenarioBook, request: ChatRequest): Scenario | undefined {
  const said = lastUserMessage(request);
  const picked = book.scenarios.find(
    ({ matches, model }) =>
      (matches !== undefined || model !== undefined) &&
      (matches?.(said) ?? true) &&
      (model === undefined || model === request.model),
  );
  return picked ?? book.scenarios.find(({ name }) => name === defaultScenarioName);
}

const conversationKey = (scenario: Scenario, turn: number, request: ChatRequest): string =>
  hash('sha1', JSON.stringify([scenario.name, turn, request.model, request.messages]), 'base64');

const unknownScenario = (book: ScenarioBook, named: string): Casting => ({
  kind: 'refused',
  scenario: named,
  message: `there is no scenario ${JSON.stringify(named)}; there are: ${[
    ...book.scenarios.map(({ name }) => name),
    builtinName,
  ].join(', ')}`,
});

const exhausted = (scenario: Scenario, turn: number): Casting => ({
  kind: 'refused',
  scenario: scenario.name,
  message: `scenario ${scenario.name} has ${String(scenario.turns.length)} turn(s), turn ${String(turn + 1)} was asked for; add one, or after_last_turn: repeat`,
});
