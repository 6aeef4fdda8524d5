/**
 * The simulated model: from a conversation and the tools on offer to the next turn, by rules. Invariants:
 *
 * N1 It ends: a plan wants at most `maxCalls` calls, and a wanted call takes the next unused call of its tool since the
 *    last user message, whatever its arguments; so each request either uses up what came back or answers.
 * N2 It is truthful: what an answer says of files comes from tool results; errors, emptiness and missing tools are said.
 * N3 Every answer begins with `signature`; one that is to be JSON is the plainest that fits, and texts in it begin with that.
 * N4 A request that demands a call gets one, with the plainest arguments that fit.
 */
import type { ChatRequest, OfferedTool } from '../chat/request';
import {
  aboutFound,
  aboutGrep,
  aboutList,
  aboutOther,
  aboutRead,
  aboutText,
  introduction,
  notOffered,
} from './answers';
import { type PlannedCall, type Want, callFor, knownAgents, toolsFor } from './capabilities';
import { type Exchange, conversationOf } from './conversation';
import { directCallIn } from './direct-call';
import { filesShownBy } from './findings';
import { forcedCall } from './forced-call';
import { type Intent, type Reference, intentsOf } from './intents';
import { plainestValue } from './plainest-value';
import { aboutOwnName } from './told-names';

export const signature = '[simulated model] ';

export type PlannedTurn =
  | { readonly kind: 'calls'; readonly calls: readonly PlannedCall[] }
  | { readonly kind: 'answer'; readonly text: string };

const maxCalls = 12;
const maxFilesRead = 5;

/** What is known while a plan is gone through. */
interface Progress {
  readonly tools: readonly OfferedTool[];
  /** Calls since the last user message that no wish has taken yet. */
  readonly unused: Exchange[];
  /** Files shown so far, by the latest search, list or read. */
  shown: readonly string[];
  /** The file that "it" means. */
  lastUsed: string | undefined;
  /** Whether this message's own plan has searched or listed. */
  hasSearched: boolean;
  wanted: number;
}

type Outcome =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'pending'; readonly calls: readonly PlannedCall[] };

export function nextTurn(request: ChatRequest): PlannedTurn {
  const conversation = conversationOf(request);
  const progress: Progress = {
    tools: request.tools,
    unused: [...conversation.exchanges],
    shown: [],
    lastUsed: undefined,
    hasSearched: false,
    wanted: 0,
  };
  recall(progress, conversation.earlier);
  const outcomes = directOutcome(conversation.said, progress) ?? plannedOutcomes(conversation.said, progress);
  const texts: string[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'pending') return { kind: 'calls', calls: outcome.calls };
    texts.push(outcome.text);
  }
  const forced = forcedCall(request, conversation.said);
  if (forced !== undefined) return { kind: 'calls', calls: [forced] };
  const known = aboutOwnName(conversation.said, request.messages);
  const text =
    texts.length > 0 ? texts.join('\n\n') : (known ?? introduction(conversation.said, request.tools));
  const { answerSchema } = request;
  if (answerSchema === undefined) return { kind: 'answer', text: signature + text };
  return { kind: 'answer', text: JSON.stringify(plainestValue(answerSchema, signature + text)) };
}

function directOutcome(said: string, progress: Progress): Outcome[] | undefined {
  const call = directCallIn(said, progress.tools);
  if (call === undefined) return undefined;
  const exchange = take(progress, call.name);
  return [exchange === undefined ? { kind: 'pending', calls: [call] } : spoken(aboutOther(exchange))];
}

function* plannedOutcomes(said: string, progress: Progress): Generator<Outcome> {
  for (const intent of intentsOf(said, knownAgents(progress.tools))) {
    if (progress.wanted >= maxCalls) return;
    yield pursue(intent, progress);
  }
}

const spoken = (text: string): Outcome => ({ kind: 'said', text });

function pursue(intent: Intent, progress: Progress): Outcome {
  switch (intent.kind) {
    case 'mention':
      return single({ kind: 'grep', term: intent.term, path: intent.path }, progress, (exchange) => {
        noteShown(progress, filesShownBy(exchange, 'grep'));
        return aboutGrep(intent.term, exchange);
      });
    case 'find':
      return single(intent, progress, (exchange) => {
        noteShown(progress, filesShownBy(exchange, 'find'));
        return aboutFound(intent.pattern, exchange);
      });
    case 'list':
      return single(intent, progress, (exchange) => {
        noteShown(progress, filesShownBy(exchange, 'list'));
        return aboutList(intent.path, exchange);
      });
    case 'tree':
    case 'system':
      return single(intent, progress, (exchange) => aboutText(intent, exchange));
    case 'delegate':
      return single(intent, progress, (exchange) => aboutText(intent, exchange));
    case 'read':
      return readAll(intent.paths, progress);
    case 'read_known':
      return readKnown(intent.reference, progress);
  }
}

function noteShown(progress: Progress, files: readonly string[]): void {
  progress.shown = files;
  progress.lastUsed = files[0];
  progress.hasSearched = true;
}

/** The next unused call of this tool; calls before it, which no wish wanted, stay for other wishes. */
function take(progress: Progress, tool: string): Exchange | undefined {
  const index = progress.unused.findIndex((exchange) => exchange.tool === tool);
  return index < 0 ? undefined : progress.unused.splice(index, 1)[0];
}

function single(want: Want, progress: Progress, tell: (exchange: Exchange) => string): Outcome {
  const call = callFor(want, progress.tools);
  if (call === undefined) return spoken(notOffered(want));
  progress.wanted += 1;
  const exchange = take(progress, call.name);
  return exchange === undefined ? { kind: 'pending', calls: [call] } : spoken(tell(exchange));
}

/** Several files are asked for side by side, as one turn. */
function readAll(paths: readonly string[], progress: Progress): Outcome {
  const asked = paths.map((path) => ({ path, call: callFor({ kind: 'read', path }, progress.tools) }));
  const texts: string[] = [];
  const missing: PlannedCall[] = [];
  for (const { path, call } of asked) {
    progress.wanted += 1;
    const exchange = call === undefined ? undefined : take(progress, call.name);
    if (call === undefined) texts.push(notOffered({ kind: 'read', path }));
    else if (exchange === undefined) missing.push(call);
    else texts.push(aboutRead(path, exchange));
  }
  if (missing.length > 0) return { kind: 'pending', calls: missing };
  progress.lastUsed = paths.at(-1);
  return spoken(texts.join('\n\n'));
}

function readKnown(reference: Reference, progress: Progress): Outcome {
  const paths = pathsMeant(reference, progress);
  if (paths.length > 0) return readAll(paths.slice(0, maxFilesRead), progress);
  if (progress.shown.length === 0) {
    return spoken(
      progress.hasSearched
        ? 'So there is no such file to read.'
        : 'I do not know which file is meant: nothing was searched, listed or read yet in this conversation.',
    );
  }
  return spoken(`There is no such file among the ${String(progress.shown.length)} that were shown.`);
}

function pathsMeant(reference: Reference, progress: Progress): readonly string[] {
  if (reference.kind === 'all') return progress.shown;
  const path = reference.kind === 'last_used' ? progress.lastUsed : progress.shown.at(reference.index);
  return path === undefined ? [] : [path];
}

/** What earlier messages of the conversation showed, so that "it" and "the second" may look back. */
function recall(progress: Progress, earlier: readonly Exchange[]): void {
  for (const exchange of earlier) {
    const kind = (['grep', 'find', 'list', 'read'] as const).find((candidate) =>
      toolsFor(candidate, progress.tools).some(({ name }) => name === exchange.tool),
    );
    const files = kind === undefined ? [] : filesShownBy(exchange, kind);
    if (files.length === 0) continue;
    if (kind !== 'read') progress.shown = files;
    progress.lastUsed = files[0];
  }
}
