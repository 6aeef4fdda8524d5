import type { CallToolResult } from '@modelcontextprotocol/client';
import { type ToolResult, failure, ok } from '../tool';
import { formatBytes } from '../workspace/printable';

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

/** What a server answered, as text. A stranger wrote it: what stands around every call frees it of secrets, cuts and marks it. */
export function resultOf(answer: CallToolResult): ToolResult {
  const { content, structuredContent, isError } = answer;
  const texts = content.map(textOf);
  // Servers that answer with structure are asked to say the same as text; those that do not are read as they are.
  const text = texts.length > 0 ? texts.join('\n') : JSON.stringify(structuredContent ?? null);
  return isError === true ? failure('remote_failure', `the tool says that it failed:\n${text}`) : ok(text);
}
