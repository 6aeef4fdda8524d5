import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LogLevels, verboseMs } from './log-level';

describe('the level of a log, changed while the process runs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is debug for a while, and then what it was', () => {
    const [quiet, usual, chatty] = [{ level: 'warn' }, { level: 'info' }, { level: 'trace' }];
    const levels = new LogLevels(() => [quiet, usual, chatty]);
    levels.raise();
    expect([quiet, usual, chatty].map(({ level }) => level)).toEqual(['debug', 'debug', 'trace']);
    jest.advanceTimersByTime(verboseMs - 1);
    expect(usual.level).toBe('debug');
    jest.advanceTimersByTime(1);
    expect([quiet, usual, chatty].map(({ level }) => level)).toEqual(['warn', 'info', 'trace']);
  });

  it('stays for longer where it is asked for again, and still remembers', () => {
    const log = { level: 'error' };
    const levels = new LogLevels(() => [log]);
    levels.raise();
    jest.advanceTimersByTime(verboseMs - 1);
    levels.raise();
    jest.advanceTimersByTime(verboseMs - 1);
    expect(log.level).toBe('debug');
    jest.advanceTimersByTime(1);
    expect(log.level).toBe('error');
  });
});
