/** Where programs are looked for, inside and outside. */
export const programFolders = ['/usr/local/bin', '/usr/bin', '/bin'] as const;

/** All that a sandboxed program finds in its environment unless its spec says more. */
export const baseEnvironment = (temporaryFolder: string): Readonly<Record<string, string>> => ({
  PATH: programFolders.join(':'),
  HOME: temporaryFolder,
  TMPDIR: temporaryFolder,
  LANG: 'C.UTF-8',
});
