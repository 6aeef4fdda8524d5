import { checks } from './checks';
import { report } from './report';
import { workingTree } from './source-tree';

/** Runs every check over the working tree at `root`, prints what it found, and returns the exit code: 0 or 1. */
export function runAllChecks(root: string, print: (text: string) => void): number {
  const { lines, isClean } = report(checks, workingTree(root), () => performance.now());
  print(lines.join('\n'));
  return isClean ? 0 : 1;
}
