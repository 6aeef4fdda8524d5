import type { Tool } from '../tool';
import type { WebAccess } from '../web/web-access';
import { applyPatchTool } from './apply-patch';
import { copyFileTool } from './copy-file';
import { deleteFileTool } from './delete-file';
import { fetchAsMarkdownTool } from './fetch-as-markdown';
import { fileSearchTool } from './file-search';
import { getWeatherTool } from './get-weather';
import { grepSearchTool } from './grep-search';
import { listDirectoryTool } from './list-directory';
import { moveFileTool } from './move-file';
import { multiReplaceInFileTool } from './multi-replace-in-file';
import { osInfoTool } from './os-info';
import { readFileTool } from './read-file';
import { treeViewTool } from './tree-view';
import { webCrawlTool } from './web-crawl';
import { webSearchTool } from './web-search';
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

/** Those that reach the web. */
export const webTools = (web: WebAccess): readonly Tool[] => [
  webSearchTool(web.search),
  webCrawlTool(web),
  fetchAsMarkdownTool(web),
  getWeatherTool(web.weather),
];
