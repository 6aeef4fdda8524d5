import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ScratchWorkspace, scratchWorkspace } from './scratch-workspace';
import { Workspace } from './workspace';
import { WorkspaceError } from './workspace-error';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

/** The content, or the type of the error. */
async function outcome(path: string, workspace: Workspace): Promise<string> {
  try {
    const signal = new AbortController().signal;
    return await workspace.withFile(path, async (file) => String(await file.bytes(1024, signal)));
  } catch (error) {
    if (error instanceof WorkspaceError) return error.type;
    throw error;
  }
}

function nastyPath(): fc.Arbitrary<string> {
  const component = fc.constantFrom(
    ...[
      '..',
      '.',
      '',
      'a',
      'b',
      'f',
      'out',
      'up',
      'abs',
      'home',
      'in',
      'sly',
      'outside',
      'canary.txt',
      'root',
    ],
    ...[
      '~',
      '\0',
      '…',
      '..\\',
      '%2e%2e',
      '..%2f',
      ' ..',
      '.. ',
      '...',
      'etc',
      'passwd',
      scratch.root,
      scratch.canaryFile,
    ],
  );
  return fc
    .tuple(
      fc.constantFrom('', '/', './', `${scratch.root}/`),
      fc.array(component, { minLength: 1, maxLength: 12 }),
    )
    .map(([start, components]) => start + components.join('/'));
}

describe.each(['strongest', 'path'] as const)('any path at all, with %s pinning', (pinning) => {
  it('never reads from outside the root', async () => {
    await scratch.write('a/b/f', 'inside');
    await scratch.write('f', 'inside');
    await scratch.link('out', dirname(scratch.canaryFile));
    await scratch.link('a/up', '../..');
    await scratch.link('a/abs', scratch.canaryFile);
    await scratch.link('a/b/home', '../../a/../a');
    await scratch.link('a/b/in', join(scratch.root, 'a'));
    await scratch.link('a/b/sly', join(scratch.root, '..', 'outside'));
    const workspace = await Workspace.open(scratch.root, { pinning });
    expect(workspace.pinning).toBe(pinning === 'path' ? 'path' : 'descriptor');
    const types = ['outside_workspace', 'not_found', 'bad_arguments', 'wrong_type', 'limit'];
    await fc.assert(
      fc.asyncProperty(nastyPath(), async (candidate) => {
        expect(['inside', ...types]).toContain(await outcome(candidate, workspace));
      }),
      { numRuns: 2000 },
    );
    expect(await outcome('a/b/home/b/in/b/f', workspace)).toBe('inside');
    expect(await outcome('a/b/sly/canary.txt', workspace)).toBe('outside_workspace');
    workspace.close();
  });
});
