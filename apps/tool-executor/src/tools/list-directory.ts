import { z } from 'zod';
import { defineTool, ok } from '../tool';
import type { Entry, OpenDirectory } from '../workspace';
import { orderedMap } from '../workspace/ordered-map';
import { formatBytes, plural, printableName, withRemarks } from '../workspace/printable';

const maxRead = 100_000;
const maxShown = 1000;
const parallelLooks = 8;

const schema = z.object({
  path: z
    .string()
    .default('.')
    .describe('Folder to list, relative to the workspace; "." is the workspace itself'),
  hidden: z.boolean().default(false).describe('Also list names that begin with a dot'),
});

export const listDirectoryTool = defineTool({
  name: 'list_directory',
  description:
    'Lists one folder of the workspace, sorted by name. Use it to see what is there; use tree_view for several ' +
    'levels at once and file_search to find files by name. One entry a line: folders end with "/", files are ' +
    'followed by two spaces and their size, links are shown as "name -> (link)" and not followed.',
  schema,
  risk: 'read',
  isIdempotent: true,
  quotes: { what: 'all', source: 'names in the workspace' },
  timeoutMs: 15_000,
  howToGetTheRest: 'use file_search with a narrower pattern',
  run: ({ path, hidden }, { workspace, signal }) =>
    workspace.withDirectory(path, async (directory) => {
      const { entries, isCut } = await directory.list(maxRead, signal);
      const visible = hidden ? entries : entries.filter((entry) => !entry.name.startsWith('.'));
      const lines = await entryLines(directory, visible.slice(0, maxShown), signal);
      const hiddenCount = entries.length - visible.length;
      const unshown = visible.length - lines.length;
      return ok(
        withRemarks(lines, [
          ...(visible.length === 0 ? ['the folder has no entries to show'] : []),
          ...(unshown > 0
            ? [`${plural(unshown, 'more entry', 'more entries')} not shown; use file_search`]
            : []),
          ...(isCut
            ? [`the folder holds more than the ${plural(maxRead, 'entry', 'entries')} that were read`]
            : []),
          ...(hiddenCount > 0
            ? [`${plural(hiddenCount, 'hidden entry', 'hidden entries')} not shown; set hidden to true`]
            : []),
        ]),
      );
    }),
});

async function entryLines(
  directory: OpenDirectory,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const lineOf = async (entry: Entry): Promise<string> => {
    signal.throwIfAborted();
    return entryLine(entry, entry.kind === 'file' ? await directory.sizeBytes(entry) : undefined);
  };
  await orderedMap(entries, lineOf, (line) => lines.push(line) > 0, parallelLooks);
  return lines;
}

function entryLine(entry: Entry, sizeBytes: number | undefined): string {
  const name = entry.isNameValid ? printableName(entry.name) : entry.name;
  switch (entry.kind) {
    case 'directory':
      return `${name}/`;
    case 'link':
      return `${name} -> (link)`;
    case 'other':
      return `${name}  (not a regular file)`;
    case 'file':
      return `${name}  ${sizeBytes === undefined ? '(size unknown)' : formatBytes(sizeBytes)}`;
  }
}
