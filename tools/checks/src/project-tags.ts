import { z } from 'zod';
import type { Check } from './check';
import type { SourceTree } from './source-tree';

export const projectTypes = [
  'app',
  'e2e',
  'contract',
  'core',
  'adapter',
  'platform',
  'testbed',
  'testing',
  'tool',
] as const;

const projectSchema = z.object({ name: z.string(), tags: z.array(z.string()).default([]) });
const knownTags: ReadonlySet<string> = new Set(projectTypes.map((type) => `type:${type}`));

function tagFaults(path: string, text: string): readonly string[] {
  const parsed = projectSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return [`${path} needs a name and tags`];
  const types = parsed.data.tags.filter((tag) => tag.startsWith('type:'));
  if (types.length !== 1) return [`${path} has ${types.length} tags "type:…"; each project has exactly one`];
  return types.filter((tag) => !knownTags.has(tag)).map((tag) => `${path} has the unknown tag "${tag}"`);
}

/** apps/x, libs/x: folders with TypeScript in them but no project.json, which no boundary would hold. */
function strayFolders(tree: SourceTree): readonly string[] {
  const folders = new Set(tree.paths.map((path) => /^((?:apps|libs|tools)\/[^/]+)\/.*\.ts$/.exec(path)?.[1]));
  return [...folders]
    .filter((folder) => folder !== undefined)
    .filter((folder) => !tree.paths.includes(`${folder}/project.json`))
    .map((folder) => `${folder} has TypeScript but no project.json, so nothing limits what it imports`);
}

export function projectTagFaults(tree: SourceTree): readonly string[] {
  const projects = tree.paths.filter((path) => /^(?:apps|libs|tools)\/[^/]+\/project\.json$/.test(path));
  return [...projects.flatMap((path) => tagFaults(path, tree.read(path))), ...strayFolders(tree)];
}

export const projectTags: Check = { name: 'each project has one type', faults: projectTagFaults };
