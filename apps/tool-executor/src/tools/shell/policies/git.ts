import {
  type ArgumentPolicy,
  type Checked,
  type Place,
  allowed,
  checkArguments,
  optionsOf,
  refused,
} from '../argument-policy';
import type { ProgramPolicy } from '../program-policy';

/** A repository's own configuration may name programs to run. What stands here wins over it. */
const overridden = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.pager': 'cat',
  'core.editor': 'false',
  'core.sshCommand': 'false',
  'core.askPass': 'false',
  'core.attributesFile': '/dev/null',
  'core.alternateRefsCommand': 'false',
  'core.gitProxy': 'false',
  'credential.helper': '',
  'diff.external': '',
  'gpg.program': 'false',
  'gpg.ssh.program': 'false',
  'gpg.x509.program': 'false',
  'commit.gpgSign': 'false',
  'tag.gpgSign': 'false',
  'log.showSignature': 'false',
  'interactive.diffFilter': 'cat',
  'protocol.allow': 'never',
  'sequence.editor': 'false',
  'submodule.recurse': 'false',
  'init.templateDir': '',
  'safe.directory': '*',
  'gc.auto': '0',
  'maintenance.auto': 'false',
} as const;

const env: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: String(Object.keys(overridden).length),
  ...Object.fromEntries(
    Object.entries(overridden).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'false',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_AUTHOR_NAME: 'Lumina',
  GIT_AUTHOR_EMAIL: 'lumina@localhost',
  GIT_COMMITTER_NAME: 'Lumina',
  GIT_COMMITTER_EMAIL: 'lumina@localhost',
};

interface Subcommand extends ArgumentPolicy {
  /** Given besides what was asked for. */
  readonly always?: readonly string[];
}

const flags = (names: string) => optionsOf('flag', names);
const texts = (names: string) => optionsOf('text', names);
const numbers = (names: string) => optionsOf('number', names);

const noPrograms = ['--no-ext-diff', '--no-textconv'];
const diffing = {
  ...flags(
    '--stat --shortstat --numstat --summary --name-only --name-status -w -b -p -u --patch --raw --quiet',
  ),
  ...flags('--ignore-all-space --ignore-space-change --word-diff --no-color --exit-code -M -z --no-patch -s'),
  ...numbers('-U --unified'),
  ...texts('--diff-filter -S -G'),
};
const history = {
  ...diffing,
  ...flags('--oneline --graph --all --decorate --no-decorate --reverse --merges --no-merges --first-parent'),
  ...flags('--follow --abbrev-commit --branches --tags --remotes --date-order --topo-order --parents'),
  ...numbers('-n --max-count --skip'),
  ...texts('--since --until --after --before --author --committer --grep --format --pretty --date'),
};

const subcommands: Readonly<Record<string, Subcommand>> = {
  status: { options: flags('-s --short -b --branch --porcelain --long --ignored -z'), operands: ['path'] },
  log: { options: history, operands: ['revision'], takesNumberOption: true, always: noPrograms },
  show: { options: history, operands: ['revision'], takesNumberOption: true, always: noPrograms },
  diff: {
    options: { ...diffing, ...flags('--cached --staged --merge-base') },
    operands: ['revision'],
    always: noPrograms,
  },
  blame: {
    options: { ...flags('-w -e -s -l -p --porcelain'), ...texts('-L --date') },
    operands: ['revision'],
  },
  branch: {
    options: {
      ...flags('-a -r -v -vv --all --remotes --verbose --list --show-current'),
      ...optionsOf('revision', '--contains --merged --no-merged'),
    },
    operands: ['revision'],
  },
  tag: {
    options: { ...flags('-l --list'), ...optionsOf('revision', '--contains --points-at') },
    operands: ['revision'],
  },
  'ls-files': {
    options: flags('-o -c -m -d -s -z --others --cached --modified --deleted --stage --exclude-standard'),
    operands: ['path'],
  },
  'ls-tree': { options: flags('-r -t -l -z --name-only --long --full-tree'), operands: ['revision'] },
  'cat-file': { options: flags('-t -p -s -e'), operands: ['revision'] },
  'rev-parse': {
    options: flags('--short --abbrev-ref --verify --show-toplevel --show-prefix --is-inside-work-tree'),
    operands: ['revision'],
  },
  'rev-list': {
    options: {
      ...flags('--count --all --no-merges --merges --first-parent --reverse'),
      ...numbers('-n --max-count'),
      ...texts('--since --until --author'),
    },
    operands: ['revision'],
    takesNumberOption: true,
  },
  'merge-base': { options: flags('--all --is-ancestor --octopus'), operands: ['revision'] },
  describe: { options: flags('--tags --always --dirty --all --long'), operands: ['revision'] },
  shortlog: { options: flags('-s -n -e --summary --numbered --email'), operands: ['revision'] },
  grep: {
    options: {
      ...flags('-n -i -l -L -c -w -E -F -P -v -h -H --cached --untracked'),
      ...numbers('-A -B -C'),
      ...texts('-e'),
    },
    operands: ['text', 'revision'],
    insteadOfFirst: ['-e'],
    always: ['--no-textconv'],
  },
  remote: { options: flags('-v --verbose'), operands: [] },
  init: {
    options: { ...flags('-q --quiet'), ...optionsOf('name', '-b --initial-branch') },
    operands: ['path'],
    always: ['--template='],
  },
  add: { options: flags('-A --all -u --update -n --dry-run -v --verbose'), operands: ['path'] },
  commit: {
    options: {
      ...flags('-a --all --amend --allow-empty --no-edit -q --quiet -v --dry-run'),
      ...texts('-m --message'),
    },
    operands: ['path'],
    always: ['--no-verify', '--no-gpg-sign'],
  },
  restore: {
    options: { ...flags('-S --staged -W --worktree -q --quiet'), ...optionsOf('revision', '-s --source') },
    operands: ['path'],
  },
  checkout: {
    options: { ...flags('-q --quiet -f --force --detach'), ...optionsOf('revision', '-b') },
    operands: ['revision'],
    always: ['--no-recurse-submodules'],
  },
  switch: {
    options: { ...flags('-q --quiet --detach'), ...optionsOf('revision', '-c --create') },
    operands: ['revision'],
    always: ['--no-recurse-submodules'],
  },
  reset: { options: flags('-q --quiet --soft --mixed --hard'), operands: ['revision'] },
  rm: { options: flags('-r -f -q --cached --quiet -n --dry-run'), operands: ['path'] },
  mv: { options: flags('-f -k -n -v --dry-run'), operands: ['path'] },
};

const harmlessBefore = new Set(['--no-pager', '-P']);
const known = Object.keys(subcommands).join(' ');

function check(args: readonly string[], place: Place): Checked<readonly string[]> {
  if (args.length === 1 && args[0] === '--version') return allowed(args);
  const at = args.findIndex((arg) => !harmlessBefore.has(arg));
  const name = at < 0 ? '' : (args[at] ?? '');
  if (name.startsWith('-'))
    return refused(`git's option ${JSON.stringify(name)} is not allowed before the subcommand`);
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined)
    return refused(`git ${JSON.stringify(name)} is not allowed; there are: ${known}`);
  const checked = checkArguments(subcommand, args.slice(at + 1), place);
  return checked.kind === 'refused'
    ? checked
    : allowed(['--no-pager', name, ...(subcommand.always ?? []), ...checked.value]);
}

export const git: ProgramPolicy = { name: 'git', env, check };
