import { describe, expect, it } from '@jest/globals';
import { membersByRole, parseProcStat, pssBytesOf } from './proc-stat';

/** Fields 3 to 24 of proc(5); utime, stime, cutime and cstime are the 14th to 17th, the resident pages the 24th. */
const line = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194304 10 20 30 40 150 50 25 25 20 0 11 0 12345 1000000 2560 184467 1 1\n`;

const stat = (pid: number, parent: number) => ({ pid, parent, cpuSeconds: pid, rssBytes: pid });

describe('parseProcStat', () => {
  it('adds up what a process and the children that it has waited for have spent', () => {
    expect(parseProcStat(line(42, 'node', 7))).toEqual({
      pid: 42,
      parent: 7,
      cpuSeconds: 2.5,
      rssBytes: 2_560 * 4_096,
    });
  });

  it.each(['a b', ') S 1 (', '(x', 'ends)', ''])('reads the name %j past', (name) => {
    expect(parseProcStat(line(42, name, 7))).toMatchObject({ pid: 42, parent: 7, cpuSeconds: 2.5 });
  });

  it.each(['', 'nonsense', '42 (node) S 7 1 1', line(1, 'x', 2).replace('150', 'many')])(
    'refuses %j',
    (text) => {
      expect(() => parseProcStat(text)).toThrow('no line of /proc/PID/stat');
    },
  );
});

describe('membersByRole', () => {
  const members = (table: ReturnType<typeof stat>[], watched: Parameters<typeof membersByRole>[1]) =>
    Object.fromEntries(
      [...membersByRole(table, watched)].map(([role, found]) => [role, found.map(({ pid }) => pid)]),
    );

  it('takes all that descend from what is watched, and nobody else', () => {
    const table = [stat(1, 0), stat(5, 4), stat(2, 1), stat(4, 2), stat(9, 1)];
    expect(members(table, [{ role: 'gateway', pid: 2 }])).toEqual({ gateway: [2, 4, 5] });
  });

  it('counts what is watched itself with its own role, and once', () => {
    const table = [stat(2, 1), stat(3, 2), stat(4, 3)];
    const watched = [
      { role: 'node', pid: 2 },
      { role: 'server', pid: 3 },
      { role: 'again', pid: 3 },
    ];
    expect(members(table, watched)).toEqual({ node: [2], server: [3, 4] });
  });

  it('puts several of one role together, and knows a role whose process is gone', () => {
    const watched = [2, 3, 99].map((pid) => ({ role: 'gateway', pid }));
    expect(members([stat(2, 1), stat(3, 1)], watched)).toEqual({ gateway: [2, 3] });
    expect(members([], [{ role: 'gateway', pid: 2 }])).toEqual({ gateway: [] });
  });
});

describe('pssBytesOf', () => {
  it('reads the sum, and not its parts', () => {
    const rollup = 'Rss:   2000 kB\nPss:   1024 kB\nPss_Anon:   900 kB\n';
    expect(pssBytesOf(rollup)).toBe(1_048_576);
    expect(pssBytesOf('')).toBeUndefined();
  });
});
