import { describe, expect, it } from '@jest/globals';
import { fakeShell } from '../command-line/fake-shell';
import type { RunNews } from './frame-reading';
import { oneLine, printable } from '../command-line/printable';
import { RunView } from './run-view';

function viewOn(isTerminal: boolean, isVerbose = false) {
  const shell = fakeShell({ isTerminal });
  let nowMs = 0;
  const view = new RunView({
    out: shell.out,
    err: { ...shell.err, hasColours: false },
    isVerbose,
    nowMs: () => (nowMs += 5),
  });
  return { view, written: shell.written };
}

const answered = (text: string, calls: Extract<RunNews, { kind: 'answered' }>['calls'] = []): RunNews => ({
  kind: 'answered',
  message: 'm',
  text,
  model: 'simulated/simulated',
  calls,
});
const words = (text: string): RunNews => ({ kind: 'words', message: 'm', text });
const call = { id: 'c', name: 'grep_search', args: { pattern: 'Redis' } };
const tool = (text: string, isError = false): RunNews => ({
  kind: 'tool',
  callId: 'c',
  name: 'grep_search',
  text,
  isError,
});

describe('a run shown to a pipe', () => {
  it('writes the final answer to stdout and nothing else', () => {
    const { view, written } = viewOn(false);
    for (const news of [
      words('I look.'),
      answered('I look.', [call]),
      tool('a\nb\n'),
      words('Two '),
      words('files.'),
      answered('Two files.'),
    ])
      view.show(news);
    view.close({ thread: 't', run: 'r', model: 'unknown' });
    expect(written.out).toBe('Two files.\n');
    expect(written.err.split('\n')).toEqual([
      'I look.',
      '→ grep_search {"pattern":"Redis"}',
      '← grep_search 2 lines, 5 ms',
      'thread t · run r · model simulated/simulated (a simulated model answered)',
      '',
    ]);
  });

  it('shows a failing tool, and what tools said when asked to', () => {
    const { view, written } = viewOn(false, true);
    view.show({ kind: 'began', run: 'r' });
    view.show(tool('no such file', true));
    view.show(tool('one'));
    expect(written.err).toBe(
      'run r began\n← grep_search failed: no such file\n← grep_search 1 line\n  one\n',
    );
  });

  it('writes nothing for an empty answer', () => {
    const { view, written } = viewOn(false);
    view.show(answered(''));
    expect(written.out).toBe('');
  });
});

describe('a run shown to a terminal', () => {
  it('shows words while they arrive, each once', () => {
    const { view, written } = viewOn(true);
    view.show(words('Two '));
    expect(written.out).toBe('Two ');
    view.show(words('fil'));
    view.show(answered('Two files.'));
    expect(written.out).toBe('Two files.\n');
  });

  it('begins again when a worker died half-way', () => {
    const { view, written } = viewOn(true);
    for (const news of [
      words('Thr'),
      { kind: 'withdrawn', message: 'm' } as const,
      words('Two'),
      answered('Two.'),
    ])
      view.show(news);
    expect(written.out).toBe('Thr\nTwo.\n');
    expect(written.err).toContain('begins again');
  });

  it('shows the whole message where it is not what was streamed', () => {
    const { view, written } = viewOn(true);
    view.show(words('Thr'));
    view.show(answered('Two.'));
    expect(written.out).toBe('Thr\nTwo.\n');
  });

  it('ends the line before a failure is told', () => {
    const { view, written } = viewOn(true);
    view.show(words('Thr'));
    view.show({ kind: 'failed', code: 'LUM_STEP_LIMIT', message: '' });
    expect(written.out).toBe('Thr\n');
  });

  it('shows what a program prints beside the answer, line by line', () => {
    const { view, written } = viewOn(false);
    view.show(answered('', [call]));
    for (const text of ['one\n', 'two\n\nthree\n']) view.show({ kind: 'printed', text });
    expect(written.err.split('\n').slice(1)).toEqual(['  │ one', '  │ two', '  │ ', '  │ three', '']);
    expect(written.out).toBe('');
  });

  it('dims what is not the answer, only where colours are wanted', () => {
    const shell = fakeShell({ isTerminal: true });
    const { out, err } = shell;
    new RunView({ out, err, isVerbose: false, nowMs: () => 0 }).note('aside');
    expect(shell.written.err).toBe('\u001b[2maside\u001b[22m\n');
  });
});

describe('what models and tools say', () => {
  it('cannot move the cursor, set the title or turn the text around', () => {
    const evil = 'a\u001b[2J\u001b]0;title\u0007b\u009b31m\u202ec\r\nd\te';
    expect(printable(evil)).toBe('a[2J]0;titleb31mc\nd\te');
    const { view, written } = viewOn(true);
    view.show(words(evil));
    view.show(answered(evil, [{ id: 'c', name: 'x\u001b[1m', args: evil }]));
    view.show({ kind: 'printed', text: evil });
    view.show(tool(evil, true));
    expect(`${written.out}${written.err}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('fits on a line', () => {
    expect(oneLine('a\nb   c', 10)).toBe('a b c');
    expect(oneLine('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
