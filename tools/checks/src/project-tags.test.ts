import { describe, expect, it } from '@jest/globals';
import { projectTagFaults } from './project-tags';
import { treeOf } from './source-tree';

const faultsWith = (project: object): readonly string[] =>
  projectTagFaults(treeOf({ 'libs/x/project.json': JSON.stringify(project) }));

describe('project tags', () => {
  it('are content with one known type', () => {
    expect(faultsWith({ name: 'x', tags: ['type:core', 'team:a'] })).toEqual([]);
  });

  it.each([
    [{ name: 'x' }, 'libs/x/project.json has 0 tags "type:…"; each project has exactly one'],
    [
      { name: 'x', tags: ['type:core', 'type:app'] },
      'libs/x/project.json has 2 tags "type:…"; each project has exactly one',
    ],
    [{ name: 'x', tags: ['type:util'] }, 'libs/x/project.json has the unknown tag "type:util"'],
    [{ tags: ['type:core'] }, 'libs/x/project.json needs a name and tags'],
  ])('object to %j', (project, fault) => {
    expect(faultsWith(project)).toEqual([fault]);
  });

  it('find sources that are in no project', () => {
    const tree = treeOf({ 'libs/y/src/a.ts': '', 'libs/y/src/b.ts': '', 'tools/build/build.mjs': '' });
    expect(projectTagFaults(tree)).toEqual([
      expect.stringContaining('libs/y has TypeScript but no project.json'),
    ]);
  });
});
