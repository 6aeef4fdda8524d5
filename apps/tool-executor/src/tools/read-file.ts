import { z } from 'zod';
import { type ToolResult, defineTool, failure, ok } from '../tool';
import type { OpenFile } from '../workspace';
import { isBinary } from '../workspace/open-file';
import { LineWindow } from '../workspace/line-window';
import { formatBytes, formatCount, plural, withRemarks } from '../workspace/printable';

const maxCharacters = 60_000;
const maxLineBytes = 16_384;
const maxScanBytes = 128 * 1024 * 1024;

const schema = z.object({
  path: z.string().describe('File to read, relative to the workspace, for example src/main.ts'),
  offset: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(1)
    .describe('First line to read; 1 is the first line'),
  limit: z.number().int().min(1).max(10_000).default(2000).describe('How many lines to read at most'),
});

type Range = Pick<z.infer<typeof schema>, 'offset' | 'limit'>;

export const readFileTool = defineTool({
  name: 'read_file',
  description:
    'Reads a text file of the workspace and returns its lines as they are. Use it whenever you need what a file ' +
    'says; find the path with file_search or grep_search when you do not know it. A large file comes in parts: the ' +
    'last line then begins with "…" and says which lines were shown and with which offset to go on. Binary files ' +
    'are refused.',
  schema,
  risk: 'read',
  isIdempotent: true,
  quotes: { what: 'all', source: 'a file of the workspace' },
  timeoutMs: 30_000,
  howToGetTheRest: 'read fewer lines at a time with offset and limit',
  run: ({ path, offset, limit }, { workspace, signal }) =>
    workspace.withFile(path, (file) => readRange(file, { offset, limit }, signal)),
});

async function readRange(file: OpenFile, range: Range, signal: AbortSignal): Promise<ToolResult> {
  const window = new LineWindow({
    firstLine: range.offset,
    maxLines: range.limit,
    maxCharacters,
    maxLineBytes,
  });
  let readBytes = 0;
  for await (const chunk of file.chunks(signal)) {
    if (readBytes === 0 && isBinary(chunk))
      return failure(
        'binary',
        `this is a binary file (${formatBytes(file.sizeBytes)}), which read_file does not show`,
      );
    window.push(chunk);
    readBytes += chunk.length;
    if (readBytes >= maxScanBytes) return describe(window, range, false);
  }
  window.end();
  return describe(window, range, true);
}

function describe(window: LineWindow, { offset, limit }: Range, isWhole: boolean): ToolResult {
  const total = `${isWhole ? '' : 'more than '}${formatCount(window.seenLines)}`;
  if (window.lines.length === 0 && !isWhole)
    return failure(
      'too_large',
      `line ${offset} lies beyond the first ${formatBytes(maxScanBytes)}, which is as far as read_file looks`,
    );
  if (window.lines.length === 0)
    return ok(
      window.seenLines === 0
        ? '… the file is empty'
        : `… the file has only ${plural(window.seenLines, 'line')}; offset ${offset} lies beyond its end`,
    );
  const last = offset + window.lines.length - 1;
  const isRest = !isWhole || last < window.seenLines;
  const remarks = [
    ...(isRest || offset > 1 ? [`lines ${offset} to ${last} of ${total} shown`] : []),
    ...(isRest ? [`go on with offset ${last + 1}`] : []),
    ...(isRest && window.lines.length < limit
      ? [`no more than ${formatCount(maxCharacters)} characters at a time`]
      : []),
    ...(window.cutLines > 0 ? [`${plural(window.cutLines, 'long line')} cut`] : []),
    ...(window.hasInvalidText ? ['some bytes are not valid UTF-8 and are shown as \ufffd'] : []),
  ];
  return ok(withRemarks(window.lines, remarks));
}
