import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bareEnvironment, lumina } from './stack';

jest.setTimeout(180_000);

interface Bar {
  readonly what: string;
  readonly value: { readonly median: number };
  readonly bar: { readonly atMost: number };
}

interface Counted {
  readonly bars: readonly Bar[];
  readonly findings: {
    readonly counts: { readonly traces: Readonly<Record<string, Readonly<Record<string, number>>>> };
  };
}

/** What a run costs in counts, which do not depend on the machine; the ceilings are tools/bench/src/bars/count-bars.ts. */
describe('what an agent run costs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-costs-'));
  let found: Counted;

  beforeAll(async () => {
    const out = join(folder, 'counts.json');
    const ended = await lumina(
      ['bench', 'counts', '--durability', 'local', '--json', '--out', out],
      bareEnvironment(),
    );
    if (ended.code !== 0) throw new Error(`lumina bench counts: ${ended.stderr}`);
    found = JSON.parse(ended.stdout) as Counted;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    'Redis commands',
    'Redis round trips',
    'bytes to Redis',
    'bytes from Redis',
    'scripts of the run store',
    'bytes of journal',
    'bytes kept in memory',
  ])('%s: within the ceiling, and more than nothing', (count) => {
    const bar = found.bars.find(({ what }) => what === `agent, counted: ${count} a run`);
    expect(bar?.value.median).toBeGreaterThan(1);
    expect(bar?.value.median).toBeLessThanOrEqual(bar?.bar.atMost ?? 0);
  });

  it('each of its three pieces of work is handed over and committed, and nothing is written in between', () => {
    const trace = Object.entries(found.findings.counts.traces['lumina-local'] ?? {});
    const of = (script: string): number =>
      trace
        .filter(([label]) => label.startsWith(`script ${script} `))
        .reduce((sum, [, count]) => sum + count, 0);
    expect(of('create')).toBe(1);
    expect(of('commit')).toBeCloseTo(3, 0);
    // Where a worker was held up, something is claimed, or renewed, in fifty runs.
    for (const script of ['claim', 'renew']) expect(of(script)).toBeLessThan(0.5);
  });
});
