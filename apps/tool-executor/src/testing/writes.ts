import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '../tool';
import { applyPatchTool } from '../tools/apply-patch';
import { copyFileTool } from '../tools/copy-file';
import { deleteFileTool } from '../tools/delete-file';
import { moveFileTool } from '../tools/move-file';
import { multiReplaceInFileTool } from '../tools/multi-replace-in-file';
import { writeFileTool } from '../tools/write-file';

export const patch = `--- a/a
+++ b/a
@@ -1 +1 @@
-a
+A
--- /dev/null
+++ b/new/c
@@ -0,0 +1 @@
+c
--- a/b
+++ /dev/null
@@ -1 +0,0 @@
-b
--- a/d/e
+++ b/d/e
@@ -1 +1 @@
-e
+E
`;

/** For tests: each tool that writes with arguments for the tree below, and what it makes of it. */
export const writes: readonly [string, Tool, Record<string, unknown>, Record<string, string | undefined>][] =
  [
    ['write_file over a file', writeFileTool, { path: 'a', content: 'new' }, { a: 'new' }],
    ['write_file anew', writeFileTool, { path: 'n/m/f', content: 'new' }, { 'n/m/f': 'new' }],
    ['copy_file', copyFileTool, { from: 'a', to: 'n/f' }, { 'n/f': 'a\n' }],
    ['copy_file over a file', copyFileTool, { from: 'a', to: 'b', overwrite: true }, { b: 'a\n' }],
    ['move_file', moveFileTool, { from: 'a', to: 'n/f' }, { a: undefined, 'n/f': 'a\n' }],
    [
      'move_file over a file',
      moveFileTool,
      { from: 'a', to: 'b', overwrite: true },
      { a: undefined, b: 'a\n' },
    ],
    ['move_file of a folder', moveFileTool, { from: 'd', to: 'n/d' }, { 'd/e': undefined, 'n/d/e': 'e\n' }],
    ['delete_file', deleteFileTool, { path: 'a' }, { a: undefined }],
    ['delete_file of a folder', deleteFileTool, { path: 'd', recursive: true }, { 'd/e': undefined }],
    [
      'multi_replace_in_file',
      multiReplaceInFileTool,
      { path: 'a', replacements: [{ find: 'a', replace: 'new' }] },
      { a: 'new\n' },
    ],
    ['apply_patch', applyPatchTool, { patch }, { a: 'A\n', 'new/c': 'c\n', b: undefined, 'd/e': 'E\n' }],
  ];

export const tree: Readonly<Record<string, string>> = { a: 'a\n', b: 'b\n', 'd/e': 'e\n' };

/** All files below a folder with their contents. */
export async function filesIn(root: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true }))
    if (!entry.includes('.gone/') && (await stat(join(root, entry))).isFile())
      files[entry] = await readFile(join(root, entry), 'utf8');
  return files;
}

export const after = (changes: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...tree, ...changes }).flatMap(([path, text]) =>
      text === undefined ? [] : [[path, text]],
    ),
  );
