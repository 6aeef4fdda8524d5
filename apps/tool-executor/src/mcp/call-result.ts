import type { CallToolResult } from '@modelcontextprotocol/client';
import { type ToolResult, failure, ok } from '../tool';
import { untrusted } from '../web/untrusted';
import { formatBytes } from '../workspace/printable';

const maxErrorCharacters = 4_000;

export interface ResultFrame {
  readonly server: string;
  readonly tool: string;
  readonly maxCharacters: number;
}

type Block = CallToolResult['content'][number];

/** What is no text is named and left out: a model is given words. */
function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}, ${block.mimeType}, ${formatBytes(Math.floor((block.data.length * 3) / 4))}: left out]`;
    case 'resource_link':
      return `[link to ${block.uri}: ${block.name}]`;
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `[content of ${block.resource.uri}: left out]`;
  }
}

/** What a server answered, as the model gets it: between marks, because a stranger wrote it, and cut where it is long. */
export function resultOf(answer: CallToolResult, { server, tool, maxCharacters }: ResultFrame): ToolResult {
  const { content, structuredContent, isError } = answer;
  const texts = content.map(textOf);
  // Servers that answer with structure are asked to say the same as text; those that do not are read as they are.
  const text = texts.length > 0 ? texts.join('\n') : JSON.stringify(structuredContent ?? null);
  const source = `MCP server ${server}, tool ${tool}`;
  if (isError !== true) return ok(untrusted({ source, content: text, maxCharacters }));
  const shown = untrusted({ source, content: text, maxCharacters: maxErrorCharacters });
  return failure('remote_failure', `the tool says that it failed:\n${shown}`);
}
