import { z } from 'zod';
import { planPatch } from '../edits/patch-plan';
import { parseDiff } from '../edits/unified-diff';
import { type ToolContext, type ToolResult, defineTool, failure, ok } from '../tool';
import type { Writer } from '../workspace';

const maxPatchCharacters = 1_000_000;
const maxFiles = 200;

const schema = z.object({
  patch: z
    .string()
    .min(1)
    .max(maxPatchCharacters)
    .refine((text) => text.isWellFormed(), 'valid Unicode')
    .describe(
      'A unified diff, as git diff writes it, over one file or several; paths relative to the workspace',
    ),
  fuzz: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(0)
    .describe('How many context lines at either end of a hunk may differ from the file'),
});

export const applyPatchTool = defineTool({
  name: 'apply_patch',
  description:
    'Applies a unified diff to the workspace, all of it or nothing: it changes, creates, deletes and renames text files ' +
    'together. Use it for changes that span files or many places. Each hunk must fit the file exactly; one whose line ' +
    'numbers are off is applied where its lines stand, if that is one place only. When something does not fit, nothing ' +
    'is changed and you are told which hunk of which file, and what the file says there. A file is deleted only by a ' +
    'patch that quotes all of it. Returns a line for each file.',
  schema,
  risk: 'write',
  isIdempotent: false,
  quotes: { what: 'errors', source: 'files of the workspace' },
  timeoutMs: 60_000,
  howToGetTheRest: 'read the files, and patch fewer at a time',
  run: (args, context) => context.workspace.write(context, (writer) => apply(writer, args, context)),
  reconcile: (_, context) => context.workspace.write(context, (writer) => writer.settle()),
});

async function apply(
  writer: Writer,
  { patch, fuzz: maxFuzz }: z.infer<typeof schema>,
  { signal }: ToolContext,
): Promise<ToolResult> {
  const parsed = parseDiff(patch);
  if (parsed.kind === 'error')
    return failure(
      parsed.isBinary ? 'binary' : 'bad_arguments',
      `the patch cannot be read: ${parsed.message}`,
    );
  if (parsed.files.length > maxFiles)
    return failure(
      'limit',
      `the patch is about ${parsed.files.length} files; patch at most ${maxFiles} at a time`,
    );
  const { changes, answer } = await planPatch(writer, parsed.files, { maxFuzz, signal });
  await writer.apply(changes, answer);
  return ok(answer);
}
