import {
  type ArgumentPolicy,
  type Checked,
  type Place,
  allowed,
  checkArguments,
  optionsOf,
  refused,
} from '../argument-policy';
import type { Grants, ProgramPolicy } from '../program-policy';

const listing: ArgumentPolicy = {
  options: {
    ...optionsOf('flag', '-a --all --json --long --parseable --silent -s'),
    ...optionsOf('number', '--depth'),
  },
  operands: ['name'],
};

interface Commands {
  readonly program: string;
  readonly plain: Readonly<Record<string, ArgumentPolicy>>;
  /** Commands that run a script of package.json: only when that is granted. */
  readonly scripts: ReadonlySet<string>;
  /** Those of them that take the script's name. */
  readonly named: ReadonlySet<string>;
}

const versions = new Set(['--version', '-v']);
const scriptName = /^[A-Za-z0-9][\w:.-]*$/;

const checkWith =
  ({ program, plain, scripts, named }: Commands) =>
  (args: readonly string[], place: Place, grants: Grants): Checked<readonly string[]> => {
    const [command = '', ...rest] = args;
    if (args.length === 1 && versions.has(command)) return allowed(args);
    const policy = Object.hasOwn(plain, command) ? plain[command] : undefined;
    if (policy !== undefined) {
      const checked = checkArguments(policy, rest, place);
      return checked.kind === 'refused' ? checked : allowed([command, ...checked.value]);
    }
    const there = [...Object.keys(plain), ...(grants.scripts ? scripts : []), '--version'].join(' ');
    if (!scripts.has(command))
      return refused(`${program} ${JSON.stringify(command)} is not allowed; there are: ${there}`);
    if (!grants.scripts)
      return refused(`${program} may not run scripts here: an operator grants it with LUMINA_SHELL_SCRIPTS`);
    return checkScript(args, named.has(command));
  };

/** `run NAME -- …`, `test -- …`: what follows the dashes is the script's, which may do anything in the sandbox anyway. */
function checkScript(
  [command = '', ...rest]: readonly string[],
  isNamed: boolean,
): Checked<readonly string[]> {
  const name = isNamed ? rest[0] : undefined;
  const after = isNamed ? rest.slice(1) : rest;
  if (isNamed && (name === undefined || !scriptName.test(name)))
    return refused('which script? It needs its plain name');
  if (after.length > 0 && after[0] !== '--') return refused('arguments for the script go after --');
  return allowed([command, ...(name === undefined ? [] : [name]), ...after]);
}

export const npm: ProgramPolicy = {
  name: 'npm',
  env: {
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_userconfig: '/dev/null',
    npm_config_globalconfig: '/dev/null',
  },
  check: checkWith({
    program: 'npm',
    plain: { ls: listing, list: listing },
    scripts: new Set(['test', 'start', 'run', 'run-script']),
    named: new Set(['run', 'run-script']),
  }),
};

export const yarn: ProgramPolicy = {
  name: 'yarn',
  // A repository's configuration may name another yarn to run instead.
  env: { YARN_IGNORE_PATH: '1', YARN_ENABLE_NETWORK: '0', YARN_ENABLE_TELEMETRY: '0' },
  check: checkWith({
    program: 'yarn',
    plain: { list: { options: optionsOf('number', '--depth'), operands: [] } },
    scripts: new Set(['test', 'start', 'run']),
    named: new Set(['run']),
  }),
};
