/**
 * Which project may import which, by the one `type:` tag in its project.json. Dependencies point one way:
 * app → adapter, platform, core, contract → … → contract → nothing.
 */
const mayImport = {
  app: ['adapter', 'platform', 'core', 'contract'],
  adapter: ['platform', 'core', 'contract'],
  platform: ['contract'],
  core: ['contract'],
  contract: [],
  testing: ['adapter', 'platform', 'core', 'contract', 'tool'],
  e2e: ['testing', 'contract', 'tool'],
  testbed: ['platform', 'contract'],
  tool: ['testbed', 'platform', 'core', 'contract'],
};

const tags = (types) => types.map((type) => `type:${type}`);

const constraints = (alsoAllowed) =>
  Object.entries(mayImport).map(([type, allowed]) => ({
    sourceTag: `type:${type}`,
    onlyDependOnLibsWithTags: tags([...allowed, ...alsoAllowed]),
  }));

// A library's tests lean on `testing`, which leans on the library: a cycle between projects, though not between
// files. Cycles between files are found by tools/checks whatever the projects.
const ignoredCircularDependencies = ['adapter', 'platform', 'core', 'contract'].map((type) => [
  'testing',
  `tag:type:${type}`,
]);

/** Options of `@nx/enforce-module-boundaries` for sources. */
export const sourceBoundaries = { allow: [], ignoredCircularDependencies, depConstraints: constraints([]) };

/** For tests: any project's tests may lean on `testing` besides. */
export const testBoundaries = { ...sourceBoundaries, depConstraints: constraints(['testing']) };

/** For e2e and testing: the tools have no alias, so that their entry is imported by path. */
export const toolEntry = ['^(\\.\\./)+tools/[a-z-]+/src/index$'];
