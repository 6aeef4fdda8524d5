import type { Check } from './check';
import type { SourceTree } from './source-tree';

// Written in pieces, so that this file does not find itself.
const homes = ['home', 'Users', 'root'].join('|');
const workshop = ['/', 'work', '/'].join('');
const marks = ['TO' + 'DO', 'FIX' + 'ME'].join('|');

const boundary = String.raw`(?<![\w.*~}$-])`;
const homePath = new RegExp(String.raw`${boundary}/(${homes})/[\w.-]+`);
const workPath = new RegExp(`${boundary}${workshop}`);
const unfinished = new RegExp(String.raw`\b(${marks})\b`);

const isTest = (path: string): boolean => path.endsWith('.test.ts');
const isSkipped = (path: string): boolean => path === 'package-lock.json';

/** Tests of path handling need paths of other people's homes, and tests of search need the marks; prose does not. */
function lineFault(path: string, line: string): string | undefined {
  if (workPath.test(line)) return 'holds a path of the machine that it was written on';
  if (isTest(path)) return undefined;
  if (homePath.test(line)) return "holds a path below somebody's home directory";
  if (unfinished.test(line))
    return 'marks something unfinished: finish it, or open an issue and remove the mark';
  return undefined;
}

export function leftBehindFaults(tree: SourceTree): readonly string[] {
  const faults: string[] = [];
  for (const path of tree.paths.filter((candidate) => !isSkipped(candidate))) {
    for (const [index, line] of tree.read(path).split('\n').entries()) {
      const fault = lineFault(path, line);
      if (fault !== undefined) faults.push(`${path}:${index + 1} ${fault}`);
    }
  }
  return faults;
}

export const leftBehind: Check = { name: "no machine's paths, nothing unfinished", faults: leftBehindFaults };
