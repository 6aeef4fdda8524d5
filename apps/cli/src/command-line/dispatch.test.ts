import { describe, expect, it } from '@jest/globals';
import { dispatch, faultText } from './dispatch';
import { fakeShell } from './fake-shell';
import { Refusal } from './refusal';

const names = ['run', 'up', 'down', 'status', 'doctor', 'explain', 'test'];

describe('dispatch', () => {
  it('lists every command on --help', async () => {
    const shell = fakeShell();
    expect(await dispatch(['--help'], shell)).toBe(0);
    for (const name of names) expect(shell.written.out).toContain(`\n  ${name} `);
  });

  it.each(names)('explains %s, and starts nothing for it', async (name) => {
    const shell = fakeShell();
    expect(await dispatch([name, '--help'], shell)).toBe(0);
    expect(shell.written.out).toContain(`Usage: lumina ${name}`);
    expect(shell.written.err).toBe('');
  });

  it('tells its version', async () => {
    const shell = fakeShell();
    expect(await dispatch(['--version'], shell)).toBe(0);
    expect(shell.written.out).toMatch(/^lumina \d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], 'Usage:'],
    [['bench-everything'], "there is no command 'bench-everything'"],
    [['constructor'], "there is no command 'constructor'"],
    [['--nope'], "there is no option '--nope'"],
    [['run'], 'what is the task?'],
    [['run', 'two', 'words'], 'quotes'],
    [['run', 'x', '--nope'], '--nope'],
    [['run', 'x', '--thread', '../up'], '--thread'],
    [['run', 'x', '--workspace', '/does/not/exist'], 'no such folder'],
    [['run', 'x', '--workspace', __filename], 'not a folder'],
    [['run', 'x', '--workspace', ''], 'must not be empty'],
    [['run', 'x', '--agent', ''], '--agent'],
    [['up', '--port', 'http'], '--port'],
    [['up', '--replicas', '0'], '--replicas'],
    [['up', '--data', ''], '--data'],
    [['up', 'now'], "unexpected argument 'now'"],
    [['down', 'now'], "unexpected argument 'now'"],
    [['status', '--jsn'], '--jsn'],
    [['doctor', 'x'], "unexpected argument 'x'"],
    [['explain'], 'which run?'],
    [['explain', 'a', 'b'], "unexpected argument 'b'"],
    [['test', 'everything'], "there is no part 'everything'"],
    [['test', '--nope'], '--nope'],
  ])('answers %j with 2 and says why', async (args, why) => {
    const shell = fakeShell();
    expect(await dispatch(args, shell)).toBe(2);
    expect(shell.written.err).toContain(why);
    expect(shell.written.out).toBe('');
  });
});

describe('faultText', () => {
  const systemError = (code: string): Error => Object.assign(new Error(`${code}: x`), { code, path: '/d/x' });

  it('shows a refusal as it is', () => {
    expect(faultText(new Refusal('not today'))).toBe('not today');
  });

  it('says plainly that the disk is full', () => {
    expect(faultText(systemError('ENOSPC'))).toContain('the disk is full (/d/x)');
  });

  it('says where it may not write', () => {
    expect(faultText(systemError('EACCES'))).toContain('may not write (/d/x)');
  });

  it('shows the stack of what nobody expected', () => {
    expect(faultText(new Error('a bug'))).toContain('dispatch.test');
  });
});
