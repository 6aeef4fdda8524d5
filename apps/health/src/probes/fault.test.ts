import { describe, expect, it } from '@jest/globals';
import { describeFault, tidy } from './fault';

describe('describing a fault', () => {
  it('gives the words of an error', () => {
    expect(describeFault(new Error('no route'))).toBe('no route');
  });

  it('gives what was thrown where that is no error', () => {
    expect(describeFault('plain words')).toBe('plain words');
    expect(describeFault(undefined)).toBe('undefined');
  });

  it('gives the words of each address that was tried', () => {
    const error = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    expect(describeFault(error)).toBe('::1 refused; 127.0.0.1 refused');
  });

  it('gives the reason why a transaction was not begun', () => {
    const previousErrors = [new Error('READONLY no writes here'), new Error('READONLY no writes here')];
    const error = Object.assign(new Error('EXECABORT Transaction discarded'), { previousErrors });
    expect(describeFault(error)).toBe('READONLY no writes here');
  });

  it('falls back to the code, the name, and to saying that there were no words', () => {
    expect(describeFault(Object.assign(new Error(''), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
    expect(describeFault(new TypeError(''))).toBe('TypeError');
    expect(describeFault('  \n')).toBe('failed without a word');
  });
});

describe('tidy words', () => {
  it('are one line', () => {
    expect(tidy(' first\r\n\tsecond ')).toBe('first second');
  });

  it('hold no password of a URL', () => {
    expect(tidy('cannot reach redis://:hunter2@10.0.0.1:6379/0')).toBe(
      'cannot reach redis://***@10.0.0.1:6379/0',
    );
    expect(tidy('https://user:p@ss@host/x')).not.toContain('ss');
  });

  it('are at most 500 characters', () => {
    expect(tidy('x'.repeat(500))).toHaveLength(500);
    const cut = tidy('x'.repeat(501));
    expect(cut).toHaveLength(500);
    expect(cut.endsWith('…')).toBe(true);
  });
});
