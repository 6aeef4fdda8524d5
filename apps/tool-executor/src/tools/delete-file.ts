import { z } from 'zod';
import { type ToolContext, type ToolResult, defineTool, ok } from '../tool';
import type { Writer } from '../workspace';
import { formatBytes, plural, printableName } from '../workspace/printable';
import type { Subject } from '../workspace/relocation';

const schema = z.object({
  path: z.string().describe('File, link or folder to delete, relative to the workspace'),
  recursive: z
    .boolean()
    .default(false)
    .describe('Delete a folder with all that is in it; false: only if it is empty'),
});

export const deleteFileTool = defineTool({
  name: 'delete_file',
  description:
    'Deletes a file of the workspace, a link (not what it leads to), or a folder. It cannot be undone, and a person is ' +
    'asked first unless the agent is set up otherwise: delete only what the task calls for. Returns what was deleted.',
  schema,
  risk: 'dangerous',
  isIdempotent: false,
  timeoutMs: 120_000,
  run: (args, context) => context.workspace.write(context, (writer) => remove(writer, args)),
  reconcile: (_, context: ToolContext) => context.workspace.write(context, (writer) => writer.settle()),
});

async function remove(writer: Writer, { path, recursive }: z.infer<typeof schema>): Promise<ToolResult> {
  const place = await writer.place(path);
  const answerOf = (subject: Subject): string => `${printableName(path)} deleted: ${described(subject)}`;
  const { subject, isCleared } = await writer.remove({ place, isRecursive: recursive }, answerOf);
  const said = answerOf(subject);
  return ok(
    isCleared ? said : `${said}\n… some of it could not be cleared away yet and still takes up space`,
  );
}

function described({ kind, bytes, entries }: Subject): string {
  switch (kind) {
    case 'directory':
      return entries === 1
        ? 'an empty folder'
        : `a folder with ${plural(entries - 1, 'entry', 'entries')}, ${formatBytes(bytes)}`;
    case 'file':
      return `a file of ${formatBytes(bytes)}`;
    case 'link':
      return 'a link, not what it leads to';
    case 'other':
      return 'something that is not a regular file';
  }
}
