import { type ArgumentPolicy, allowed, checkArguments, optionsOf } from '../argument-policy';
import type { ProgramPolicy } from '../program-policy';

const plain = (name: string, policy: ArgumentPolicy): ProgramPolicy => ({
  name,
  check: (args, place) => checkArguments(policy, args, place),
});

// Not -L, -H: they follow links.
export const ls = plain('ls', {
  options: {
    ...optionsOf(
      'flag',
      '-a -A -l -h -t -r -S -R -1 -d -F -i -s -n -p -G -g -o -U -X -c -u -Q -m -x -C -v -b',
    ),
    ...optionsOf('flag', '--all --almost-all --human-readable --recursive --reverse --directory --classify'),
    ...optionsOf('flag', '--inode --size --group-directories-first --full-time --numeric-uid-gid --no-group'),
    ...optionsOf('text', '--sort --time --time-style -I --ignore'),
  },
  operands: ['path'],
});

export const cat = plain('cat', {
  options: {
    ...optionsOf('flag', '-n -b -s -A -E -T -v -e -t'),
    ...optionsOf('flag', '--number --number-nonblank --squeeze-blank --show-all --show-ends --show-tabs'),
  },
  operands: ['path'],
});

// Not -R: it follows links, and -r does not.
export const grep = plain('grep', {
  options: {
    ...optionsOf('flag', '-i -v -n -c -l -L -o -q -s -h -H -r -E -F -G -P -w -x -z -Z -a -b -I -T'),
    ...optionsOf(
      'flag',
      '--ignore-case --invert-match --line-number --count --files-with-matches --recursive',
    ),
    ...optionsOf('flag', '--files-without-match --only-matching --quiet --no-messages --no-filename'),
    ...optionsOf('flag', '--with-filename --extended-regexp --fixed-strings --perl-regexp --word-regexp'),
    ...optionsOf('flag', '--line-regexp --text --null --no-color'),
    ...optionsOf('number', '-m -A -B -C --max-count --after-context --before-context --context'),
    ...optionsOf('text', '-e --regexp --include --exclude --exclude-dir --binary-files'),
    ...optionsOf('path', '-f --file --exclude-from'),
  },
  operands: ['text', 'path'],
  insteadOfFirst: ['-e', '--regexp', '-f', '--file'],
  takesNumberOption: true,
});

export const pwd = plain('pwd', { options: optionsOf('flag', '-L -P'), operands: [] });

export const which = plain('which', { options: optionsOf('flag', '-a'), operands: ['name'] });

export const echo: ProgramPolicy = { name: 'echo', check: (args) => allowed(args) };
