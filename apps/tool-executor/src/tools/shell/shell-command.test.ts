import { describe, expect, it } from '@jest/globals';
import { checkCommand, withoutPolicy } from './shell-command';

const programs = [
  'ls',
  'cat',
  'grep',
  'find',
  'git',
  'npm',
  'yarn',
  'python',
  'pytest',
  'echo',
  'pwd',
  'which',
];
const check = (argv: readonly string[], cwd = '.', scripts = false) =>
  checkCommand(argv, cwd, { programs, grants: { scripts } });
const argsOf = (argv: readonly string[], cwd = '.') => {
  const checked = check(argv, cwd);
  return checked.kind === 'allowed' ? checked.value.args : checked.reason;
};
const reasonOf = (argv: readonly string[], cwd = '.') => {
  const checked = check(argv, cwd);
  return checked.kind === 'refused' ? checked.reason : 'allowed';
};

describe('what people ask for every day is allowed', () => {
  it.each([
    [['ls', '-la']],
    [['ls', '--sort=size', 'src', 'docs']],
    [['cat', '-n', 'README.md']],
    [['grep', '-rn', '--include=*.ts', 'a|b > c', 'src']],
    [['grep', '-C2', '-e', 'x', 'a', 'b']],
    [['find', '.', '-name', '*.ts', '-not', '-path', './node_modules/*', '-type', 'f']],
    [['find', 'src', '(', '-size', '+1M', '-o', '-mtime', '-1', ')', '-printf', '%p %s\n']],
    [['git', 'status', '--short']],
    [['git', '--no-pager', 'log', '--oneline', '-5', 'main..HEAD', '--', 'src/a.ts']],
    [['git', 'show', 'HEAD~1:src/a.ts']],
    [['git', 'commit', '-m', 'fix: a && b; $(c)']],
    [['git', 'diff', '--stat', 'HEAD']],
    [['python', 'script.py', '--any', '/etc/passwd']],
    [['python', '-m', 'pytest', '-q', 'tests/test_a.py::test_b']],
    [['pytest', '-k', 'a and b', '--maxfail=1', '--tb', 'short']],
    [['npm', 'ls', '--depth=0']],
    [['echo', 'any', '$(text)', '`here`']],
    [['pwd']],
    [['which', '-a', 'python3']],
  ])('%j', (argv) => {
    expect(reasonOf(argv)).toBe('allowed');
  });
});

describe('arguments', () => {
  it('come out as they were judged: options with their values in one word', () => {
    expect(argsOf(['grep', '-nA', '3', '--include', '*.ts', 'x'])).toEqual([
      '-n',
      '-A3',
      '--include=*.ts',
      'x',
    ]);
  });

  it('may name the workspace as it is called inside, and come out relative', () => {
    expect(argsOf(['cat', '/workspace/src/a.ts'])).toEqual(['src/a.ts']);
    expect(argsOf(['cat', '/workspace/a.ts'], 'src')).toEqual(['../a.ts']);
    expect(argsOf(['ls', '/workspace'])).toEqual(['.']);
  });

  it('go up within the workspace and no further', () => {
    expect(argsOf(['cat', '../a.ts'], 'src')).toEqual(['../a.ts']);
    expect(reasonOf(['cat', '../../a.ts'], 'src')).toContain('leads out of the workspace');
    expect(reasonOf(['cat', '/workspace/../etc/passwd'])).toContain('leads out of the workspace');
    expect(reasonOf(['cat', '/workspaces/x'])).toContain('not in the workspace');
  });

  it('that are unknown are refused with what is allowed', () => {
    expect(reasonOf(['ls', '--hyperlink'])).toMatch(
      /^ls: the option "--hyperlink" is not allowed; there are: -a /,
    );
  });

  it('are matched whole: no abbreviation, no value where none belongs, none missing', () => {
    expect(reasonOf(['git', 'log', '--onel'])).toContain('not allowed');
    expect(reasonOf(['ls', '--all=x'])).toContain('takes no value');
    expect(reasonOf(['grep', 'x', '-m'])).toContain('needs a value');
    expect(reasonOf(['grep', '-m', 'x', 'y'])).toContain('is not a number');
  });

  it('that look like options of objects are no options', () => {
    expect(reasonOf(['git', 'constructor'])).toContain('not allowed');
    expect(reasonOf(['ls', '--__proto__'])).toContain('not allowed');
    expect(reasonOf(['python', '-m', 'toString'])).toContain('not allowed');
  });
});

describe('a command', () => {
  it('has at most 1,000 characters', () => {
    expect(reasonOf(['echo', 'x'.repeat(995)])).toBe('allowed');
    expect(reasonOf(['echo', 'x'.repeat(996)])).toContain('at most 1000 characters');
  });

  it('is not a line for a shell', () => {
    expect(reasonOf(['ls -la'])).toContain('argv is a list');
    expect(reasonOf(['echo', 'x', '>', 'file'])).toContain('there is no shell');
    expect(reasonOf(['sh', '-c', 'ls'])).toContain('"sh" is not allowed');
  });

  it('runs in the workspace', () => {
    expect(check(['ls'], '/workspace/src/')).toMatchObject({ value: { cwd: 'src' } });
    expect(reasonOf(['ls'], '..')).toBe('cwd: ".." leads out of the workspace');
    expect(reasonOf(['ls'], '/etc')).toContain('cwd: "/etc" is not in the workspace');
  });

  it('runs scripts of a package only when that is granted', () => {
    expect(reasonOf(['npm', 'run', 'build'])).toContain('LUMINA_SHELL_SCRIPTS');
    expect(check(['npm', 'run', 'build', '--', '-x'], '.', true)).toMatchObject({ kind: 'allowed' });
    expect(check(['npm', 'test'], '.', true)).toMatchObject({ kind: 'allowed' });
    expect(check(['npm', 'run', '--script-shell=x'], '.', true)).toMatchObject({ kind: 'refused' });
    expect(check(['npm', 'install'], '.', true)).toMatchObject({ kind: 'refused' });
  });

  it('means python3 by python', () => {
    expect(check(['python', 'a.py'])).toMatchObject({ value: { executable: 'python3', args: ['a.py'] } });
  });
});

describe('withoutPolicy', () => {
  it('names what cannot be allowed', () => {
    expect(withoutPolicy(['ls', 'bash', 'constructor'])).toEqual(['bash', 'constructor']);
  });
});
