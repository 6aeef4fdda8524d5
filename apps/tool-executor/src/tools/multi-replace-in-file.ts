import { z } from 'zod';
import { editableText, editedBytes } from '../edits/editable-text';
import { replaceAll } from '../edits/replacements';
import { type ToolContext, type ToolResult, defineTool, failure, ok } from '../tool';
import { WorkspaceError, type Writer } from '../workspace';
import { formatBytes, plural, printableName } from '../workspace/printable';
import { TimeSlice } from '../workspace/time-slice';

const maxFileBytes = 4 * 1024 * 1024;

const text = z.string().refine((given) => given.isWellFormed(), 'valid Unicode');

const schema = z.object({
  path: z.string().describe('File to change, relative to the workspace'),
  replacements: z
    .array(
      z.object({
        find: text.min(1).describe('The exact text to replace, with its white space; it may span lines'),
        replace: text.describe('What stands there afterwards; empty to delete it'),
        occurrences: z
          .number()
          .int()
          .min(1)
          .max(10_000)
          .default(1)
          .describe('How often find occurs in the file; all of them are replaced'),
      }),
    )
    .min(1)
    .max(100)
    .describe('All are looked for in the file as it is now; they must not overlap'),
});

export const multiReplaceInFileTool = defineTool({
  name: 'multi_replace_in_file',
  description:
    'Replaces exact texts in one file of the workspace, all of them or none. Use it to change parts of a file that you ' +
    'have read. Each "find" must occur exactly once, or as often as "occurrences" says; otherwise nothing is changed ' +
    'and you are told how often it occurs, at which lines, or what comes nearest. Copy "find" from read_file without ' +
    'guessing white space; write line ends as \\n, whichever the file has. Returns how many places were changed.',
  schema,
  risk: 'write',
  isIdempotent: false,
  quotes: { what: 'errors', source: 'a file of the workspace' },
  timeoutMs: 30_000,
  run: (args, context) => context.workspace.write(context, (writer) => replace(writer, args, context)),
  reconcile: (_, context) => context.workspace.write(context, (writer) => writer.settle()),
});

async function replace(
  writer: Writer,
  { path, replacements }: z.infer<typeof schema>,
  { signal }: ToolContext,
): Promise<ToolResult> {
  const place = await writer.place(path);
  const before = await place.read(maxFileBytes, signal);
  if (before === undefined) throw new WorkspaceError('not_found', `${place.shown} does not exist`);
  const editable = editableText(before.bytes, place.shown);
  const wanted = replacements.map(({ find, replace: by, occurrences }) => ({
    ...{ find: find.replaceAll('\r\n', '\n'), replace: by.replaceAll('\r\n', '\n'), occurrences },
  }));
  const inLines = editable.lineEnd === '\n' ? replacements : wanted;
  const edited = editedBytes(await replaceAll(editable.text, inLines, new TimeSlice(signal)), editable);
  if (edited.equals(before.bytes))
    return failure('bad_arguments', 'the replacements leave the file as it is; nothing was written');
  const places = replacements.reduce((sum, { occurrences }) => sum + occurrences, 0);
  const answer = `${printableName(path)} changed in ${plural(places, 'place')}: ${formatBytes(edited.length)}, was ${formatBytes(before.sizeBytes)}`;
  const after = { sizeBytes: edited.length, chunks: [edited], attributes: before };
  await writer.apply([{ place, before, after }], answer);
  return ok(answer);
}
