/** A snippet, where it would stand, and the rule that must object; none: the snippet is good. */
export interface Snippet {
  readonly says: string;
  readonly path: string;
  readonly code: string;
  readonly rule?: string;
  /** Linted with types; `path` must exist then. */
  readonly isTyped?: boolean;
}

export const importing = (source: string): string =>
  `import { thing } from '${source}';\nexport const held = thing;\n`;
