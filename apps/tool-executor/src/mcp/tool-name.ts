import { createHash } from 'node:crypto';
import { mcpPrefix } from '@lumina/contracts';

/** Longest name that makers of models accept. */
const maxCharacters = 64;
const digestCharacters = 8;

/**
 * The name by which a server's tool is offered. A name that models accept stays as it is behind the prefix; of any other, what they do not
 * accept becomes `_`, and a part of its digest keeps it apart from others that would look the same.
 */
export function offeredName(server: string, tool: string): string {
  const prefix = mcpPrefix(server);
  if (/^[a-zA-Z0-9_-]+$/.test(tool) && prefix.length + tool.length <= maxCharacters) return prefix + tool;
  const digest = createHash('sha256').update(tool).digest('hex').slice(0, digestCharacters);
  const room = maxCharacters - prefix.length - digestCharacters - 1;
  return `${prefix}${tool.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, room)}_${digest}`;
}
