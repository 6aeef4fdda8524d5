import { z } from 'zod';
import { type ToolContext, type ToolResult, defineTool, ok } from '../tool';
import type { Writer } from '../workspace';
import { printableName } from '../workspace/printable';

const schema = z.object({
  from: z.string().describe('File or folder to move, relative to the workspace'),
  to: z.string().describe('Its whole new path, relative to the workspace'),
  overwrite: z.boolean().default(false).describe('Replace a file that is there; a folder is never replaced'),
});

export const moveFileTool = defineTool({
  name: 'move_file',
  description:
    'Moves or renames a file, or a folder with all that is in it, within the workspace, making the folders on the way. ' +
    'A link is moved itself, not what it leads to. Use apply_patch when the content changes too. What is moved has ' +
    'its old path or its new one, whatever happens.',
  schema,
  risk: 'write',
  isIdempotent: false,
  timeoutMs: 60_000,
  run: (args, context) => context.workspace.write(context, (writer) => move(writer, args)),
  reconcile: (_, context: ToolContext) => context.workspace.write(context, (writer) => writer.settle()),
});

async function move(writer: Writer, { from, to, overwrite }: z.infer<typeof schema>): Promise<ToolResult> {
  const answer = `${printableName(from)} moved to ${printableName(to)}`;
  const source = await writer.place(from);
  await writer.move({ from: source, to: await writer.newPlace(to), mayOverwrite: overwrite }, answer);
  return ok(answer);
}
