/** Where in the workspace a clause points: files and folders by their names. */
const bareNames: Readonly<Record<string, string>> = {
  readme: 'README.md',
  license: 'LICENSE',
  changelog: 'CHANGELOG.md',
  makefile: 'Makefile',
  dockerfile: 'Dockerfile',
};

/** Words that look like files: with an extension, in quotation marks, or known by name. */
export function filePathsIn(clause: string): string[] {
  const paths = clause
    .split(/[\s,"“”`'()<>]+/)
    .map((word) => word.replace(/[.?!:;]+$/, ''))
    .map((word) => bareNames[word.toLowerCase()] ?? word)
    .filter(
      (word) =>
        /^(?:\.{0,2}\/)?(?:[^/*?]+\/)*[^/*?]*\.[a-z][\w-]{0,15}$/i.test(word) ||
        Object.values(bareNames).includes(word),
    );
  const quoted = [...clause.matchAll(/["“`]([^"”`\n]*\/[^"”`\n/]+|[^"”`\n/]* [^"”`\n/]*\.\w+)["”`]/g)].map(
    ([, path]) => path ?? '',
  );
  const whole = quoted.filter((path) => !path.includes('*'));
  return [
    ...new Set([...whole, ...paths.filter((path) => !whole.some((other) => other.includes(path)))]),
  ].slice(0, 5);
}

const marked = (places: string): RegExp[] => [
  new RegExp(`\\b(?:${places})\\s+(?:the\\s+|my\\s+)?(?:folder|directory)\\s+[\`"']?([^\\s\`"',?]+)`, 'i'),
  new RegExp(
    `\\b(?:${places})\\s+(?:the\\s+|my\\s+)?[\`"']?([^\\s\`"',?]+?)/?[\`"']?\\s+(?:folder|directory)\\b`,
    'i',
  ),
  new RegExp(
    `\\b(?:${places})\\s+(?:the\\s+)?[\`"']?((?:[\\w@.-]+/)+[\\w@.-]*|[a-z][\\w-]*)[\`"']?[.?!]*$`,
    'i',
  ),
];
const afterSearch = marked('in|inside|under|within|from|below');
const afterAny = marked('in|inside|under|within|from|below|of|ls|list');

/** The folder that a clause names after "in", "under" or "of"; undefined for the workspace itself. */
export const folderIn = (clause: string): string | undefined => folderAfter(afterAny, clause);

/** The folder that a search is kept to. Not after "of" or "list", which belong to what is sought. */
export const searchFolderIn = (clause: string): string | undefined => folderAfter(afterSearch, clause);

function folderAfter(patterns: readonly RegExp[], clause: string): string | undefined {
  const named = patterns.map((pattern) => pattern.exec(clause)?.[1]).find((found) => found !== undefined);
  if (named === undefined || notFolders.test(named)) return undefined;
  const folder = named.replace(/[.?!]+$/, '').replace(/(?<=.)\/+$/, '');
  return filePathsIn(folder).length > 0 ? undefined : folder;
}

const notFolders =
  /^(?:it|them|this|that|here|there|files?|workspace|project|repo|repository|folder|directory|contents?|current|root|all|everything|these|those|whole|entire|same|first|one|tree|structure|folders|directories)$/i;
