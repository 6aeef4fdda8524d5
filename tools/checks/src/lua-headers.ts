import type { Check } from './check';
import type { SourceTree } from './source-tree';

const sections = ['KEYS', 'ARGV', 'Output', 'Effects'] as const;

/** Text of each section of the comment that a script opens with, in order. */
function headerOf(text: string): readonly { readonly name: string; readonly text: string }[] {
  const found: { name: string; text: string }[] = [];
  for (const line of text.split('\n')) {
    const comment = /^--(?!\[\[)\s?(.*)$/.exec(line.trim())?.[1];
    if (comment === undefined) break;
    const heading = /^(KEYS|ARGV|Output|Effects):\s*(.*)$/.exec(comment.trim());
    const last = found.at(-1);
    if (heading?.[1] !== undefined) found.push({ name: heading[1], text: heading[2] ?? '' });
    else if (last) last.text += comment.trim();
  }
  return found;
}

function headerFault(text: string): string | undefined {
  const header = headerOf(text);
  const names = header.map(({ name }) => name).join(', ');
  if (names !== sections.join(', '))
    return `must open with a comment on ${sections.join(', ')}; it has: ${names || 'none'}`;
  const empty = header.find((section) => section.text === '');
  return empty && `says nothing under ${empty.name} (write "none" where there is none)`;
}

export function luaHeaderFaults(tree: SourceTree): readonly string[] {
  return tree.paths
    .filter((path) => /^(libs|apps)\/.*\.lua$/.test(path))
    .flatMap((path) => {
      const fault = headerFault(tree.read(path));
      return fault === undefined ? [] : [`${path} ${fault}`];
    });
}

export const luaHeaders: Check = { name: 'Lua scripts state their contract', faults: luaHeaderFaults };
