import type { ProgramPolicy } from '../program-policy';
import { cat, echo, grep, ls, pwd, which } from './files';
import { find } from './find';
import { git } from './git';
import { npm, yarn } from './npm';
import { pytest, python } from './python';

/** Every program that can be allowed: without a policy there is no allowing it. */
export const programPolicies: readonly ProgramPolicy[] = [
  ls,
  cat,
  grep,
  find,
  git,
  npm,
  yarn,
  python,
  pytest,
  echo,
  pwd,
  which,
];
