import { clausesOf } from './clauses';
import { delegationIn } from './delegation';
import { filePathsIn, folderIn, searchFolderIn } from './places';

/** Which of the files known so far: a position from 0, counted from the end when negative, or all of them. */
export type Reference =
  | { readonly kind: 'position'; readonly index: number }
  | { readonly kind: 'last_used' }
  | { readonly kind: 'all' };

export type Intent =
  | { readonly kind: 'mention'; readonly term: string; readonly path: string | undefined }
  | { readonly kind: 'find'; readonly pattern: string; readonly path: string | undefined }
  | { readonly kind: 'list'; readonly path: string | undefined }
  | { readonly kind: 'tree'; readonly path: string | undefined }
  | { readonly kind: 'read'; readonly paths: readonly string[] }
  | { readonly kind: 'read_known'; readonly reference: Reference }
  | { readonly kind: 'system' }
  | { readonly kind: 'delegate'; readonly agent: string; readonly task: string };

/** What a message asks for, in order; empty for anything that no rule knows. */
export function intentsOf(message: string, agents: readonly string[]): Intent[] {
  const delegation = delegationIn(message, agents);
  if (delegation !== undefined) return [{ kind: 'delegate', ...delegation }];
  return clausesOf(message).flatMap(intentOf);
}

const rules: readonly ((clause: string) => Intent[] | undefined)[] = [
  treeIn,
  systemIn,
  readMentioningIn,
  knownIn,
  saysIn,
  findIn,
  mentionIn,
  readIn,
  listIn,
];

/** Wishes to change something: better no answer than one that only looks. */
const changes =
  /^(?:please\s+|can you\s+|now\s+|then\s+)*(?:create|write|delete|remove|edit|rename|move|append|change|replace|add|save|fetch|download)\b/i;

function intentOf(clause: string): Intent[] {
  if (changes.test(clause)) return [];
  for (const rule of rules) {
    const intents = rule(clause);
    if (intents !== undefined) return intents;
  }
  return [];
}

const readVerb =
  /\b(?:what(?:'s|’s| is| are)\s+(?:\w+\s+){0,2}in(?:side)?|what does|contents? of|read|show|open|cat|print|display|view|summari[sz]e|describe|explain|quote|about|lines? of|how (?:long|many lines)|give)\b/i;

function treeIn(clause: string): Intent[] | undefined {
  if (
    !/\btree\b|\b(?:folder|directory|project|workspace|file) (?:structure|layout|hierarchy)\b/i.test(clause)
  )
    return undefined;
  return [{ kind: 'tree', path: folderIn(clause) }];
}

function systemIn(clause: string): Intent[] | undefined {
  const asksFor =
    /\b(?:what|which|tell|show|describe|give|about|how (?:much|many))\b.*\b(?:operating system|os|system|platform|machine|computer|cpus?|memory|node version)\b/i;
  const isNamed = /\b(?:os|system|platform)[ _]info(?:rmation)?\b/i;
  if (filePathsIn(clause).length > 0) return undefined;
  return asksFor.test(clause) || isNamed.test(clause) ? [{ kind: 'system' }] : undefined;
}

/** "read the file that mentions X": a search first, then its first find. */
function readMentioningIn(clause: string): Intent[] | undefined {
  const match =
    /^(?:please\s+)?(?:read|open|cat|summari[sz]e)\s+(?:the\s+)?(?:first\s+)?file\s+(?:that|which)\s+(.+)$/is.exec(
      clause,
    );
  const mention = match === null ? undefined : mentionIn(`files that ${match[1] ?? ''}`);
  return mention === undefined
    ? undefined
    : [...mention, { kind: 'read_known', reference: { kind: 'position', index: 0 } }];
}

const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
];

function knownIn(clause: string): Intent[] | undefined {
  if (!readVerb.test(clause) || filePathsIn(clause).length > 0) return undefined;
  const reference = referenceIn(clause);
  return reference === undefined ? undefined : [{ kind: 'read_known', reference }];
}

function referenceIn(clause: string): Reference | undefined {
  const position = new RegExp(`\\b(${ordinals.join('|')}|last)\\b`, 'i').exec(clause)?.[1]?.toLowerCase();
  if (position !== undefined)
    return { kind: 'position', index: position === 'last' ? -1 : ordinals.indexOf(position) };
  if (
    /\b(?:each|all|both|every one) of them\b|\bthem(?: all)?\b|\bthose(?: files)?\b|\bthese(?: files)?\b/i.test(
      clause,
    )
  )
    return { kind: 'all' };
  if (/\bit\b|\b(?:that|this|the) (?:file|one)\b|\bthat\b\W*$/i.test(clause)) return { kind: 'last_used' };
  return undefined;
}

/** "what does X say" — before the rule for mentions, which would take X for what is sought. */
function saysIn(clause: string): Intent[] | undefined {
  if (!/\bwhat (?:does|do)\b.*\b(?:contain|say|have|hold|include|do)\b/i.test(clause)) return undefined;
  const paths = filePathsIn(clause);
  return paths.length === 0 ? undefined : [{ kind: 'read', paths }];
}

const languages: Readonly<Record<string, string>> = {
  typescript: '*.ts',
  javascript: '*.js',
  python: '*.py',
  markdown: '*.md',
  json: '*.json',
  yaml: '*.{yaml,yml}',
  rust: '*.rs',
  go: '*.go',
  lua: '*.lua',
  text: '*.txt',
};

function findIn(clause: string): Intent[] | undefined {
  const glob = /(?:^|[\s"'`(])((?:[\w.{},-]*\/)*[\w.{},[\]-]*\*[\w.*{},/[\]-]*)/.exec(clause)?.[1];
  const language = new RegExp(`\\b(${Object.keys(languages).join('|')})\\s+files?\\b`, 'i').exec(clause)?.[1];
  const extension =
    /\bfiles?\s+(?:ending|that end|with(?: the)? extension)\s+(?:in|with)?\s*[`"']?\.?(\w+)/i.exec(
      clause,
    )?.[1];
  const named = /\bfiles?\s+(?:is\s+|are\s+)?(?:named|called|matching|like)\s+[`"'“]?([^\s`"'”?,]+)/i.exec(
    clause,
  )?.[1];
  const located =
    /\b(?:find|locate|where is|where's)\s+(?:the\s+|a\s+)?(?:files?\s+)?[`"']?([\w./-]+\.\w+)/i.exec(
      clause,
    )?.[1];
  const byLanguage = language === undefined ? undefined : languages[language.toLowerCase()];
  const byExtension = extension === undefined ? undefined : `*.${extension}`;
  const isContentSought = /\b(?:mention|contain|refer|grep|search for)/i.test(clause) && glob === undefined;
  const pattern = glob ?? named ?? located ?? byExtension ?? byLanguage;
  if (pattern === undefined || isContentSought) return undefined;
  return [{ kind: 'find', pattern: pattern.replace(/[.?!]+$/, ''), path: folderIn(clause) }];
}

const mentionPatterns = [
  /\b(?:is|are)\s+(?!there\b)(.+?)\s+(?:mentioned|used|defined|referenced|imported|found)\b/is,
  /\b(?:mentions?|uses?|references?|occurrences?) (?:of|to)\s+(.+)$/is,
  /\b(?:mention(?:s|ing|ed)?|contain(?:s|ing)?|refer(?:s|ring)? to|reference(?:s|d)?|includ(?:es?|ing)|talk(?:s)? about|imports?|us(?:es?|ing))\s+(.+)$/is,
  /\b(?:grep|matches (?:for|of)|search(?: (?:the )?(?:files|workspace|code|project))? for|look(?:ing)? for)\s+(?:for\s+)?(.+)$/is,
  /\bfind\s+(?:all\s+)?(.+?)\s+in\s+(?:the\s+|all\s+)?(?:files|workspace|code|project|repository)\b/is,
];

function mentionIn(clause: string): Intent[] | undefined {
  const sought = mentionPatterns
    .map((pattern) => pattern.exec(clause)?.[1])
    .find((found) => found !== undefined);
  const term = sought === undefined ? '' : termIn(sought);
  return term === '' ? undefined : [{ kind: 'mention', term, path: searchFolderIn(clause) }];
}

function termIn(sought: string): string {
  const quoted = /["“`']([^"”`']+)["”`']/.exec(sought)?.[1];
  if (quoted !== undefined) return quoted;
  return sought
    .replace(
      /\s+(?:in|within|under|inside|across|from)\s+(?:the\s+|this\s+|my\s+|our\s+|all\s+)?\S+(?:\s+(?:folder|directory|files|workspace|project|repository))?[.?!]*$/i,
      '',
    )
    .replace(/^(?:the\s+)?(?:word|string|text|term|phrase|name)\s+/i, '')
    .replace(/[.?!,;:\s]+$/, '')
    .trim();
}

function readIn(clause: string): Intent[] | undefined {
  const paths = filePathsIn(clause);
  return paths.length > 0 && readVerb.test(clause) ? [{ kind: 'read', paths }] : undefined;
}

function listIn(clause: string): Intent[] | undefined {
  const folder = folderIn(clause);
  const asksForList =
    /\b(?:list|show|what|which|how many|see|give)\b.*\b(?:files?|folders?|director(?:y|ies)|entries|contents?)\b/i.test(
      clause,
    ) ||
    /^(?:please\s+)?(?:ls|dir|list)\b/i.test(clause) ||
    /\bwhat(?:'s|’s| is| are)\s+(?:\w+\s+){0,2}(?:in(?:side)?\s+(?:the\s+|this\s+|my\s+)?(?:\S+\s+)?(?:workspace|folder|directory|project|repo(?:sitory)?)|here|there)\b/i.test(
      clause,
    );
  const asksWhatIsIn = folder !== undefined && readVerb.test(clause);
  return asksForList || asksWhatIsIn ? [{ kind: 'list', path: folder }] : undefined;
}
