import { z } from 'zod';
import { type ToolContext, type ToolResult, defineTool, ok } from '../tool';
import { WorkspaceError, type Writer } from '../workspace';
import { digestOf } from '../workspace/digest';
import { newFileAttributes } from '../workspace/place';
import { formatBytes, plural, printableName } from '../workspace/printable';

const maxCharacters = 4_000_000;

const schema = z.object({
  path: z.string().describe('File to write, relative to the workspace, for example src/main.ts'),
  content: z
    .string()
    .max(maxCharacters)
    .refine((text) => text.isWellFormed(), 'valid Unicode')
    .describe('The whole content of the file'),
  overwrite: z
    .boolean()
    .default(true)
    .describe('Replace the file if it exists; false: refuse unless it already holds exactly this content'),
});

export const writeFileTool = defineTool({
  name: 'write_file',
  description:
    'Writes a text file of the workspace, making it and the folders on the way if they are missing, or replacing all ' +
    'of it. Use it for new files and for files that change altogether; use multi_replace_in_file or apply_patch to ' +
    'change parts of one. It is never half written: it has its old content or its new one. Permissions stay. Links ' +
    'are not written through. Returns what was done and how large the file is now.',
  schema,
  risk: 'write',
  isIdempotent: true,
  timeoutMs: 30_000,
  run: (args, context) => context.workspace.write(context, (writer) => write(writer, args, context)),
});

async function write(
  writer: Writer,
  { path, content, overwrite }: z.infer<typeof schema>,
  { signal }: ToolContext,
): Promise<ToolResult> {
  const place = await writer.newPlace(path);
  const before = await place.snapshot(signal);
  const bytes = Buffer.from(content);
  const size = `${formatBytes(bytes.length)}, ${plural(lineCount(content), 'line')}`;
  const shown = printableName(path);
  if (before?.digest === digestOf(bytes))
    return ok(`${shown} already holds exactly this (${size}); nothing was written`);
  if (before !== undefined && !overwrite)
    throw new WorkspaceError('conflict', `${shown} exists already; set overwrite to true to replace it`);
  const attributes = before ?? newFileAttributes;
  await writer.apply([{ place, before, after: { sizeBytes: bytes.length, chunks: [bytes], attributes } }]);
  return ok(
    before === undefined
      ? `${shown} created: ${size}`
      : `${shown} replaced: ${size}, was ${formatBytes(before.sizeBytes)}`,
  );
}

const lineCount = (text: string): number =>
  text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
