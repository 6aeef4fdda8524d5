import type { OfferedTool } from '../chat/request';
import type { PlannedCall } from './capabilities';

/** "call TOOL with {…}": any offered tool by its name, with arguments written out as JSON. */
export function directCallIn(message: string, tools: readonly OfferedTool[]): PlannedCall | undefined {
  const match =
    /\b(?:call|use|run|invoke)\s+(?:the\s+)?(?:tool\s+)?[`"']?([\w-]{1,64})[`"']?(?:\s+tool)?\s*(?:with|:)?\s*(\{.*\})/is.exec(
      message,
    );
  const tool = tools.find(({ name }) => name === match?.[1]);
  if (match === null || tool === undefined) return undefined;
  try {
    const args: unknown = JSON.parse(match[2] ?? '');
    return { name: tool.name, args: typeof args === 'object' && args !== null ? { ...args } : {} };
  } catch {
    return undefined;
  }
}
