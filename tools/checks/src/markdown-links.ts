import { posix } from 'node:path';
import type { Check } from './check';
import type { SourceTree } from './source-tree';

interface Link {
  readonly line: number;
  readonly target: string;
}

const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)/g;
const reference = /^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/;
const fence = /^\s*(`{3,}|~{3,})/;

/** Lines of prose: fenced code is blanked, so that line numbers hold. */
function proseLines(text: string): readonly string[] {
  let open: string | undefined;
  return text.split('\n').map((line) => {
    const mark = fence.exec(line)?.[1];
    if (mark !== undefined && (open === undefined || mark.startsWith(open))) {
      open = open === undefined ? mark : undefined;
      return '';
    }
    return open === undefined ? line : '';
  });
}

function linksOf(text: string): readonly Link[] {
  return proseLines(text).flatMap((source, index) => {
    const prose = source.replaceAll(/`[^`]*`/g, '``');
    const targets = [...prose.matchAll(inline)].map((match) => match[1]);
    targets.push(reference.exec(prose)?.[1]);
    return targets.filter((target) => target !== undefined).map((target) => ({ line: index + 1, target }));
  });
}

/** The anchors that GitHub gives to a page's headings, and those set by hand. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(text)) {
    for (const match of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? '');
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

const slugOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

function linkFault(tree: SourceTree, page: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [address = '', anchor] = decodeURI(target).split('#');
  const base = address.startsWith('/') ? address.slice(1) : posix.join(posix.dirname(page), address);
  const path = address === '' ? page : posix.normalize(base).replace(/\/$/, '');
  if (!tree.paths.includes(path)) {
    const isFolder = path === '.' || tree.paths.some((candidate) => candidate.startsWith(`${path}/`));
    return isFolder ? undefined : `links to ${target}, which does not exist`;
  }
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return anchorsOf(tree.read(path)).has(anchor)
    ? undefined
    : `links to ${target}, but there is no such heading`;
}

export function markdownLinkFaults(tree: SourceTree): readonly string[] {
  return tree.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((page) =>
      linksOf(tree.read(page)).flatMap(({ line, target }) => {
        const fault = linkFault(tree, page, target);
        return fault === undefined ? [] : [`${page}:${line} ${fault}`];
      }),
    );
}

export const markdownLinks: Check = { name: 'links between pages resolve', faults: markdownLinkFaults };
