import { z } from 'zod';
import { defineTool, failure, ok } from '../tool';
import { type Entry } from '../workspace';
import { compileGlob } from '../workspace/glob';
import { plural, printableName, withRemarks } from '../workspace/printable';
import { tallyRemarks, walkTree } from '../workspace/tree-walk';

const schema = z.object({
  pattern: z.string().describe('Glob pattern, for example *.ts, src/**/*.{ts,tsx}, **/test_*.py'),
  path: z.string().default('.').describe('Folder to search in, relative to the workspace'),
  max_results: z.number().int().min(1).max(2000).default(200).describe('How many paths to return at most'),
  include_ignored: z.boolean().default(false).describe('Also search in .git and node_modules'),
});

export const fileSearchTool = defineTool({
  name: 'file_search',
  description:
    'Finds files and folders of the workspace by name with a glob pattern: * and ? match within a name, ** any ' +
    'number of folders, [a-z] one character of a set, {a,b} alternatives. A pattern without "/" matches names at ' +
    'any depth; one with "/" is matched from the folder in path. Use it when you know what a file is called; use ' +
    'grep_search when you know what it contains. Returns one path a line, relative to the workspace; folders end ' +
    'with "/", links are shown as "path -> (link)". A last line that begins with "…" says what was left out.',
  schema,
  risk: 'read',
  isIdempotent: true,
  timeoutMs: 30_000,
  quotes: { what: 'all', source: 'names in the workspace' },
  howToGetTheRest: 'use a narrower pattern or path',
  async run(
    { pattern, path, max_results: maxResults, include_ignored: includeIgnored },
    { workspace, signal },
  ) {
    const glob = compileGlob(pattern);
    if (glob.kind === 'error') return failure('bad_arguments', `pattern: ${glob.message}`);
    const base = workspace.relativePath(path);
    const found: string[] = [];
    let isFull = false;
    const tally = await workspace.withDirectory(path, (start) =>
      walkTree(start, { signal, includeIgnored }, async (visit) => {
        for (const entry of visit.entries) {
          const relative = join(visit.path, entry.name);
          if (!entry.isNameValid || !glob.matches(relative)) continue;
          isFull = found.length === maxResults;
          if (isFull) return false;
          found.push(pathLine(join(base, relative), entry));
        }
        return true;
      }),
    );
    const full = `the first ${plural(maxResults, 'result')} shown, there are more; narrow the pattern or raise max_results`;
    const none = 'nothing matches the pattern';
    return ok(
      withRemarks(found, [
        ...(found.length === 0 ? [none] : []),
        ...(isFull ? [full] : []),
        ...tallyRemarks(tally),
      ]),
    );
  },
});

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

function pathLine(path: string, entry: Entry): string {
  const suffix = { directory: '/', link: ' -> (link)', other: '  (not a regular file)', file: '' }[
    entry.kind
  ];
  return `${printableName(path)}${suffix}`;
}
