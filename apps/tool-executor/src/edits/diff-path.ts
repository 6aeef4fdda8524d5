/** The paths in the headers of a unified diff, as git and diff write them. */

const escapes: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 },
  ...{ '"': 34, '\\': 92 },
};

/** A path in quotation marks with C escapes, as git writes one with unusual characters; undefined when it is malformed. */
export function unquoted(text: string): string | undefined {
  const bytes: number[] = [];
  const body = /^"((?:[^"\\]|\\.)*)"$/su.exec(text)?.[1];
  if (body === undefined) return undefined;
  for (const [, escape, plain] of body.matchAll(/\\([0-7]{3}|.)|([^\\]+)/gsu)) {
    if (plain !== undefined) bytes.push(...Buffer.from(plain));
    else if (escape !== undefined && /^[0-7]{3}$/.test(escape)) bytes.push(Number.parseInt(escape, 8) & 0xff);
    else if (escape !== undefined && Object.hasOwn(escapes, escape)) bytes.push(escapes[escape] ?? 0);
    else return undefined;
  }
  return Buffer.from(bytes).toString('utf8');
}

/**
 * What follows `--- ` or `+++ `: a path, perhaps quoted, perhaps with a time behind a tab; no path stands for /dev/null. Undefined when it
 * is malformed.
 */
export function headerPath(text: string): { readonly path: string | undefined } | undefined {
  const bare = text.replace(/\t.*$/s, '');
  const path = bare.startsWith('"') ? unquoted(bare) : bare.trimEnd();
  if (path === '/dev/null') return { path: undefined };
  return path === undefined || path === '' ? undefined : { path };
}

export interface PathPair {
  readonly oldPath: string | undefined;
  readonly newPath: string | undefined;
}

/** Takes git's `a/` and `b/` off when both are there, or the only one is. */
export function withoutPrefixes({ oldPath, newPath }: PathPair): PathPair {
  const isOld = oldPath === undefined || oldPath.startsWith('a/');
  const isNew = newPath === undefined || newPath.startsWith('b/');
  return isOld && isNew ? { oldPath: oldPath?.slice(2), newPath: newPath?.slice(2) } : { oldPath, newPath };
}

/** Both paths of a line `diff --git …`, where they are the same but for the prefix. */
export function gitPaths(text: string): PathPair | undefined {
  if (text.startsWith('"')) {
    const [, first = '', second = ''] = /^("(?:[^"\\]|\\.)*") (".*")$/su.exec(text) ?? [];
    const [oldPath, newPath] = [unquoted(first), unquoted(second)];
    return oldPath === undefined || newPath === undefined ? undefined : withoutPrefixes({ oldPath, newPath });
  }
  const middle = (text.length - 1) / 2;
  if (text[middle] !== ' ') return undefined;
  const pair = withoutPrefixes({ oldPath: text.slice(0, middle), newPath: text.slice(middle + 1) });
  return pair.oldPath === pair.newPath ? pair : undefined;
}
