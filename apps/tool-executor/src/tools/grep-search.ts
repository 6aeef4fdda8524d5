import { z } from 'zod';
import { type ToolContext, type ToolResult, defineTool, failure, ok } from '../tool';
import { compileGlob } from '../workspace/glob';
import { compilePattern } from '../workspace/line-pattern';
import { TreeSearch } from '../workspace/tree-search';

const schema = z.object({
  pattern: z.string().describe('Regular expression (RE2 syntax), or plain text when literal is true'),
  literal: z.boolean().default(false).describe('Take the pattern as plain text'),
  ignore_case: z.boolean().default(false).describe('Match upper and lower case alike'),
  path: z.string().default('.').describe('Folder or file to search, relative to the workspace'),
  include: z
    .string()
    .optional()
    .describe('Glob pattern: only search files whose path matches, for example *.ts'),
  max_results: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('How many matching lines to return at most'),
  context_lines: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('Lines to show before and after each match'),
  include_ignored: z.boolean().default(false).describe('Also search in .git and node_modules'),
});

export const grepSearchTool = defineTool({
  name: 'grep_search',
  description:
    'Searches the contents of files in the workspace line by line for a regular expression or plain text. Use it ' +
    'to find where something is defined, used or mentioned; then open the place with read_file. Returns one match ' +
    'a line as "path:line: text", context lines as "path-line- text" with "--" between groups; long lines are cut ' +
    'around the match. Binary and very large files are skipped. A last line that begins with "…" says what was ' +
    'left out.',
  schema,
  risk: 'read',
  isIdempotent: true,
  quotes: { what: 'all', source: 'files of the workspace' },
  timeoutMs: 60_000,
  howToGetTheRest: 'narrow the pattern, path or include, or lower max_results',
  run: search,
});

async function search(args: z.infer<typeof schema>, { workspace, signal }: ToolContext): Promise<ToolResult> {
  const pattern = compilePattern(args.pattern, { isLiteral: args.literal, ignoreCase: args.ignore_case });
  if (pattern.kind === 'error') return failure('bad_arguments', `pattern: ${pattern.message}`);
  const include = args.include === undefined ? undefined : compileGlob(args.include);
  if (include?.kind === 'error') return failure('bad_arguments', `include: ${include.message}`);
  const base = workspace.relativePath(args.path);
  const treeSearch = new TreeSearch({
    pattern,
    base,
    includes: include?.matches ?? (() => true),
    maxMatches: args.max_results,
    contextLines: args.context_lines,
    includeIgnored: args.include_ignored,
    signal,
  });
  await workspace.withTarget(args.path, (target) =>
    target.kind === 'file' ? treeSearch.searchFile(target) : treeSearch.searchDirectory(target),
  );
  return ok(treeSearch.report());
}
