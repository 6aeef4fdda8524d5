import {
  type ArgumentPolicy,
  type Checked,
  type Place,
  allowed,
  checkArguments,
  insidePath,
  optionsOf,
  refused,
} from '../argument-policy';
import type { ProgramPolicy } from '../program-policy';

const pytestPolicy: ArgumentPolicy = {
  options: {
    ...optionsOf(
      'flag',
      '-v -vv -q -qq -x -l --lf --ff --last-failed --failed-first --collect-only --co --version',
    ),
    ...optionsOf('flag', '--no-header --no-summary --disable-warnings --exitfirst --verbose --quiet -s'),
    ...optionsOf('number', '--maxfail --durations'),
    ...optionsOf('text', '-k -m --tb -r'),
  },
  operands: ['path'],
};

/** `file.py::Class::test` */
const nodePath = (arg: string): string => arg.replace(/::.*$/s, '');

function checkPytest(args: readonly string[], place: Place): Checked<readonly string[]> {
  const checked = checkArguments(pytestPolicy, args, place);
  if (checked.kind === 'refused') return checked;
  const outside = args.filter(
    (arg) => arg.includes('::') && insidePath(nodePath(arg), place).kind === 'refused',
  );
  if (outside.length > 0) return refused(`${JSON.stringify(outside[0])} leads out of the workspace`);
  // The cache and compiled files would otherwise be left in the workspace.
  return allowed(['-p', 'no:cacheprovider', ...checked.value]);
}

export const pytest: ProgramPolicy = {
  name: 'pytest',
  env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
  check: checkPytest,
};

type ModuleCheck = (args: readonly string[], place: Place) => Checked<readonly string[]>;

const byPolicy =
  (policy: ArgumentPolicy): ModuleCheck =>
  (args, place) =>
    checkArguments(policy, args, place);

/** Modules of the standard library that can also fetch, serve, unpack or install are not here. */
const modules: Readonly<Record<string, ModuleCheck>> = {
  pytest: checkPytest,
  unittest: byPolicy({
    options: {
      ...optionsOf('flag', '-v -q -f -b -c'),
      ...optionsOf('text', '-k -p'),
      ...optionsOf('path', '-s -t'),
    },
    operands: ['revision'],
  }),
  'json.tool': byPolicy({
    options: {
      ...optionsOf('flag', '--sort-keys --json-lines --compact --tab --no-indent'),
      ...optionsOf('number', '--indent'),
    },
    operands: ['path'],
  }),
  py_compile: byPolicy({ options: optionsOf('flag', '-q'), operands: ['path'] }),
};

// Not -c and no program from the input (run_code is for that), not -i, -W and -X, which can import and write.
const before = new Set(['-B', '-E', '-I', '-O', '-OO', '-q', '-s', '-S', '-u', '-b', '-bb']);
const versions = new Set(['--version', '-V', '-VV']);

function check(args: readonly string[], place: Place): Checked<readonly string[]> {
  if (args.length === 1 && versions.has(args[0] ?? '')) return allowed(args);
  const at = args.findIndex((arg) => !before.has(arg));
  const [first, ...rest] = at < 0 ? [] : args.slice(at);
  const options = at < 0 ? [] : args.slice(0, at);
  if (first === undefined || first === '-')
    return refused('python needs a file of the workspace; use run_code for code');
  if (first === '-m') return checkModule(options, rest, place);
  if (first.startsWith('-'))
    return refused(`python's option ${JSON.stringify(first)} is not allowed; use run_code for code`);
  const script = insidePath(first, place);
  return script.kind === 'refused' ? script : allowed([...options, script.value, ...rest]);
}

function checkModule(
  options: readonly string[],
  [name = '', ...args]: readonly string[],
  place: Place,
): Checked<readonly string[]> {
  const checkOf = Object.hasOwn(modules, name) ? modules[name] : undefined;
  if (checkOf === undefined)
    return refused(
      `python -m ${JSON.stringify(name)} is not allowed; there are: ${Object.keys(modules).join(' ')}`,
    );
  const checked = checkOf(args, place);
  return checked.kind === 'refused' ? checked : allowed([...options, '-m', name, ...checked.value]);
}

export const python: ProgramPolicy = {
  name: 'python',
  executable: 'python3',
  env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
  check,
};
