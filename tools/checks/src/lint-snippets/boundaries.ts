import { type Snippet, importing } from './snippet';

const boundary = '@nx/enforce-module-boundaries';

export const boundaries: readonly Snippet[] = [
  ['apps/gateway', 'store', true],
  ['apps/gateway', 'platform', true],
  ['apps/gateway', 'agent', true],
  ['apps/gateway', 'testing', false],
  ['libs/store', 'contracts', true],
  ['libs/store', 'agent', true],
  ['libs/store', 'platform', true],
  ['libs/store', 'queue', false],
  ['libs/queue', 'testing', false],
  ['libs/platform', 'contracts', true],
  ['libs/platform', 'agent', false],
  ['libs/platform', 'store', false],
  ['libs/agent', 'contracts', true],
  ['libs/agent', 'platform', false],
  ['libs/contracts', 'agent', false],
  ['libs/testing', 'store', true],
  ['libs/testing', 'contracts', true],
  ['apps/lumina-e2e', 'testing', true],
  ['apps/lumina-e2e', 'contracts', true],
  ['apps/lumina-e2e', 'store', false],
  ['tools/checks', 'contracts', true],
  ['tools/checks', 'store', false],
  ['tools/drills', 'testbed', true],
  ['libs/testbed', 'store', false],
  ['apps/gateway', 'testbed', false],
].map(([from, to, isAllowed]) => ({
  says: `${String(from)} ${isAllowed ? 'may' : 'may not'} import @lumina/${String(to)}`,
  path: `${String(from)}/src/snippet.ts`,
  code: importing(`@lumina/${String(to)}`),
  ...(isAllowed ? {} : { rule: boundary }),
}));

export const otherBoundaries: readonly Snippet[] = [
  {
    says: "any project's tests may import @lumina/testing",
    path: 'libs/store/src/snippet.test.ts',
    code: importing('@lumina/testing'),
  },
  {
    says: "tests keep their project's boundaries otherwise",
    path: 'libs/store/src/snippet.test.ts',
    code: importing('@lumina/queue'),
    rule: boundary,
  },
  {
    says: 'a relative path does not lead into another project',
    path: 'libs/store/src/snippet.ts',
    code: importing('../../queue/src/index'),
    rule: boundary,
  },
  {
    says: 'a project does not import itself by its alias',
    path: 'libs/contracts/src/snippet.ts',
    code: importing('@lumina/contracts'),
    rule: boundary,
  },
  {
    says: 'e2e may start a tool of ours through its entry',
    path: 'apps/lumina-e2e/src/snippet.test.ts',
    code: importing('../../../tools/model-sim/src/index'),
  },
  {
    says: 'e2e may not reach behind the entry of a tool',
    path: 'apps/lumina-e2e/src/snippet.test.ts',
    code: importing('../../../tools/model-sim/src/planner/plan'),
    rule: boundary,
  },
  {
    says: 'nobody imports an app',
    path: 'apps/gateway/src/snippet.ts',
    code: importing('../../health/src/index'),
    rule: boundary,
  },
];
