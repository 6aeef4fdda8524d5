import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ToolContext, type ToolResult, defineTool, ok } from '../tool';
import { type OpenFile, WorkspaceError, type Writer } from '../workspace';
import { formatBytes, printableName } from '../workspace/printable';

const schema = z.object({
  from: z.string().describe('File to copy, relative to the workspace'),
  to: z.string().describe('The whole path of the copy, relative to the workspace'),
  overwrite: z
    .boolean()
    .default(false)
    .describe('Replace a file that is there; false: refuse unless it already has the same content'),
});

type Args = z.infer<typeof schema>;

export const copyFileTool = defineTool({
  name: 'copy_file',
  description:
    'Copies one file of the workspace, of any kind and size, with its permissions, making the folders on the way. Use ' +
    'it to duplicate a file that you need not read; folders are not copied. The copy is there whole or not at all. ' +
    'Returns how large it is.',
  schema,
  risk: 'write',
  isIdempotent: true,
  timeoutMs: 60_000,
  run: (args, context) =>
    context.workspace.write(context, (writer) =>
      context.workspace.withFile(args.from, (file) => copy(writer, { args, file, ...context })),
    ),
});

interface Copying extends ToolContext {
  readonly args: Args;
  readonly file: OpenFile;
}

async function copy(writer: Writer, { args, file, signal }: Copying): Promise<ToolResult> {
  const place = await writer.newPlace(args.to);
  const before = await place.snapshot(signal);
  const said = `${printableName(args.from)} copied to ${printableName(args.to)}`;
  const isSame = before?.sizeBytes === file.sizeBytes && before.digest === (await digestOfFile(file, signal));
  if (isSame) return ok(`${printableName(args.to)} already has the content of ${printableName(args.from)}`);
  if (before !== undefined && !args.overwrite)
    throw new WorkspaceError(
      'conflict',
      `${place.shown} exists already; set overwrite to true to replace it`,
    );
  const { sizeBytes, mode } = file;
  const attributes = before ?? { mode };
  await writer.apply([{ place, before, after: { sizeBytes, chunks: file.chunks(signal), attributes } }]);
  return ok(`${said}: ${formatBytes(sizeBytes)}`);
}

async function digestOfFile(file: OpenFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.chunks(signal)) hash.update(chunk);
  return hash.digest('hex');
}
