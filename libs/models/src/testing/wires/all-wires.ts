import { anthropicMessagesWire } from './anthropic-messages';
import { ollamaChatWire } from './ollama-chat';
import { openAiChatWire } from './openai-chat';
import { openAiResponsesWire } from './openai-responses';
import type { Wire } from './wire';

export const wires: readonly Wire[] = [
  openAiChatWire,
  openAiResponsesWire,
  anthropicMessagesWire,
  ollamaChatWire,
];

/** For `describe.each`. */
export const eachWire = wires.map((wire): [string, Wire] => [wire.provider, wire]);
