import { z } from 'zod';
import { defineTool, ok } from '../tool';
import { type TreeNode, renderTree } from '../workspace/tree-text';
import { plural, withRemarks } from '../workspace/printable';
import { ignoredDirectories, tallyRemarks, walkTree } from '../workspace/tree-walk';

const maxWalkedEntries = 50_000;

const schema = z.object({
  path: z.string().default('.').describe('Folder to begin with, relative to the workspace'),
  depth: z.number().int().min(1).max(20).default(3).describe('How many levels to show'),
  max_entries: z.number().int().min(1).max(2000).default(300).describe('How many entries to show at most'),
  include_ignored: z.boolean().default(false).describe('Also enter .git and node_modules'),
});

export const treeViewTool = defineTool({
  name: 'tree_view',
  description:
    'Shows the folders and files below a folder of the workspace as an indented tree. Use it first, to learn how a ' +
    'project is laid out; use list_directory for the sizes of one folder. Folders end with "/", links are shown as ' +
    '"name -> (link)" and not followed. When there is more than fits, the upper levels are shown in preference and ' +
    'lines that begin with "…" say how much was left out.',
  schema,
  risk: 'read',
  isIdempotent: true,
  timeoutMs: 30_000,
  quotes: { what: 'all', source: 'names in the workspace' },
  howToGetTheRest: 'begin at a folder further down or lower depth',
  async run(
    { path, depth, max_entries: maxEntries, include_ignored: includeIgnored },
    { workspace, signal },
  ) {
    const folders = new Map<string, readonly TreeNode[]>();
    const options = { signal, includeIgnored, maxDepth: depth - 1, maxEntries: maxWalkedEntries };
    const tally = await workspace.withDirectory(path, (start) =>
      walkTree(start, options, async ({ path: folder, entries }) => {
        folders.set(folder, entries);
        return true;
      }),
    );
    const isIgnored = (name: string): boolean => !includeIgnored && ignoredDirectories.has(name);
    const { lines, unshown } = renderTree(folders, { maxEntries, isIgnored });
    const remarks = [
      ...(lines.length === 0 ? ['the folder is empty'] : []),
      ...(unshown > 0
        ? [`${plural(unshown, 'entry', 'entries')} not shown in all; raise max_entries or begin further down`]
        : []),
      ...tallyRemarks({ ...tally, tooDeep: 0 }),
      ...(tally.tooDeep > 0
        ? [`${plural(tally.tooDeep, 'folder')} at the last level not opened; raise depth`]
        : []),
    ];
    return ok(withRemarks(lines, remarks));
  },
});
