import type { Tool } from '../tool';
import { applyPatchTool } from './apply-patch';
import { copyFileTool } from './copy-file';
import { deleteFileTool } from './delete-file';
import { fileSearchTool } from './file-search';
import { grepSearchTool } from './grep-search';
import { listDirectoryTool } from './list-directory';
import { moveFileTool } from './move-file';
import { multiReplaceInFileTool } from './multi-replace-in-file';
import { osInfoTool } from './os-info';
import { readFileTool } from './read-file';
import { treeViewTool } from './tree-view';
import { writeFileTool } from './write-file';

/** Every tool that the executor can offer. Adding one takes its file and its line here. */
export const tools: readonly Tool[] = [
  readFileTool,
  listDirectoryTool,
  fileSearchTool,
  grepSearchTool,
  treeViewTool,
  osInfoTool,
  writeFileTool,
  multiReplaceInFileTool,
  applyPatchTool,
  copyFileTool,
  moveFileTool,
  deleteFileTool,
];
