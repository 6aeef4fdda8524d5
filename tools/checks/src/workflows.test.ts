import { describe, expect, it } from '@jest/globals';
import { treeOf } from './source-tree';
import { githubFaults } from './workflows';

const good = `on: [push]
permissions:
  contents: read
jobs:
  test:
    timeout-minutes: 30
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
        with: { persist-credentials: false }
      - run: ./lumina test
`;
const faultsOf = (text: string): readonly string[] =>
  githubFaults(treeOf({ '.github/workflows/ci.yml': text }));

describe('workflows', () => {
  it('are content with a careful one', () => {
    expect(faultsOf(good)).toEqual([]);
  });

  it.each([
    'other/checkout@v5',
    'actions/cache@v4',
    'actions/checkout@main',
    'actions/checkout@v5-evil',
    'actions/checkout',
    'docker://alpine',
    './local',
  ])('may not use %s', (action) => {
    const text = good.replace(
      './lumina test',
      `x\n      - uses: ${action}\n        with: { persist-credentials: false }`,
    );
    expect(faultsOf(text)).toEqual([expect.stringContaining(`job test uses ${action};`)]);
  });

  it.each([
    ['no permissions', 'permissions:\n  contents: read\n', '', 'must set permissions'],
    ['write permissions', 'contents: read', 'contents: write', 'must set permissions'],
    ['all permissions', 'permissions:\n  contents: read', 'permissions: write-all', 'must set permissions'],
    [
      'write permissions in a job',
      '    timeout',
      '    permissions: { packages: write }\n    timeout',
      'more than read',
    ],
    ['no end', '    timeout-minutes: 30\n', '', 'job test has no timeout-minutes'],
    ['kept credentials', 'persist-credentials: false', 'fetch-depth: 0', 'persist-credentials'],
    ['rights for strangers', '[push]', '[pull_request_target]', 'pull_request_target'],
    ['rights for strangers, as a word', '[push]', 'pull_request_target', 'pull_request_target'],
    ['rights for strangers, as a map', '[push]', '{ pull_request_target: {} }', 'pull_request_target'],
    [
      'injected titles',
      './lumina test',
      "echo '${{ github.event.pull_request.title }}'",
      'words of the event',
    ],
    ['injected branches', './lumina test', "echo '${{ github.head_ref }}'", 'words of the event'],
    ['no jobs', 'jobs:', 'works:', 'is not a workflow'],
    ['broken YAML', 'on: [push]', 'on: [push', 'is not YAML'],
  ])('object to %s', (_what, before, after, fault) => {
    const text = good.replace(before, after);
    expect(text).not.toBe(good);
    expect(faultsOf(text)).toEqual([expect.stringContaining(fault)]);
  });

  it('may not call a workflow from elsewhere', () => {
    const text = `${good}  more:\n    timeout-minutes: 5\n    uses: other/repo/.github/workflows/x.yml@v1\n`;
    expect(faultsOf(text)).toEqual([expect.stringContaining('job more calls the workflow other/repo')]);
  });

  it('other files of .github are read as YAML only', () => {
    expect(githubFaults(treeOf({ '.github/dependabot.yml': 'version: 2' }))).toEqual([]);
    expect(githubFaults(treeOf({ '.github/dependabot.yml': 'version: [' }))).toHaveLength(1);
  });
});
