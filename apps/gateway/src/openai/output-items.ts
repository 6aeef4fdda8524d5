import type { ToolCall, ToolMessage } from '@lumina/contracts';
import { argumentWords } from './content';
import { itemId } from './response-ids';

/** How the tools of an agent are named to clients: as those of one server. */
export const serverLabel = 'lumina';

interface TextPart {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly never[];
}

export interface MessageItem {
  readonly type: 'message';
  readonly id: string;
  readonly role: 'assistant';
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly content: readonly TextPart[];
}

export interface FunctionCallItem {
  readonly type: 'function_call';
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
  readonly status: 'in_progress' | 'completed';
}

export interface ServerCallItem {
  readonly type: 'mcp_call';
  readonly id: string;
  readonly server_label: string;
  readonly name: string;
  readonly arguments: string;
  readonly status: 'in_progress' | 'completed' | 'failed' | 'incomplete';
  readonly output: string | null;
  readonly error: unknown;
  readonly approval_request_id: null;
}

export type OutputItem = MessageItem | FunctionCallItem | ServerCallItem;

export const textPart = (text: string): TextPart => ({
  type: 'output_text',
  text,
  annotations: [],
  logprobs: [],
});

/** Without words it has no content: what was shown of it and then withdrawn is not in the response. */
export const messageItem = (
  messageId: string,
  status: MessageItem['status'],
  text: string | undefined,
): MessageItem => ({
  type: 'message',
  id: itemId('msg', messageId),
  role: 'assistant',
  status,
  content: text === undefined ? [] : [textPart(text)],
});

export interface PlacedCall {
  readonly call: ToolCall;
  readonly messageId: string;
  readonly index: number;
}

export const functionCallItem = ({ call, messageId, index }: PlacedCall): FunctionCallItem => ({
  type: 'function_call',
  id: itemId('fc', messageId, index),
  call_id: call.id,
  name: call.name,
  arguments: argumentWords(call),
  status: 'completed',
});

export const serverCallItem = ({ call, messageId, index }: PlacedCall): ServerCallItem => ({
  type: 'mcp_call',
  id: itemId('mcp', messageId, index),
  server_label: serverLabel,
  name: call.name,
  arguments: argumentWords(call),
  status: 'in_progress',
  output: null,
  error: null,
  approval_request_id: null,
});

export const answeredItem = (item: ServerCallItem, { content, isError }: ToolMessage): ServerCallItem => ({
  ...item,
  status: isError ? 'failed' : 'completed',
  output: isError ? null : content,
  error: isError ? { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: content }] } : null,
});
