import type { Check } from './check';
import type { SourceTree } from './source-tree';

export interface Report {
  readonly lines: readonly string[];
  readonly isClean: boolean;
}

/** A check that cannot do its work is a fault of its own, and does not keep the others from theirs. */
function faultsOf(check: Check, tree: SourceTree): readonly string[] {
  try {
    return check.faults(tree);
  } catch (error) {
    return [`could not be carried out: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One line a check, each fault indented below it. `nowMs` is any clock that only goes forward. */
export function report(checks: readonly Check[], tree: SourceTree, nowMs: () => number): Report {
  const results = checks.map((check) => {
    const startMs = nowMs();
    const faults = faultsOf(check, tree);
    const seconds = ((nowMs() - startMs) / 1000).toFixed(2);
    return { check, faults, seconds };
  });
  return {
    lines: results.flatMap(({ check, faults, seconds }) => [
      `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${seconds.padStart(6)} s  ${check.name}`,
      ...faults.map((fault) => `       ${fault}`),
    ]),
    isClean: results.every(({ faults }) => faults.length === 0),
  };
}
