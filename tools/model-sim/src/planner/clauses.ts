/** What is read of a message; a request longer than this is data, not a wish. */
const maxLength = 4000;

const verbs =
  'what|which|where|how|who|show|read|open|cat|print|display|list|find|search|grep|look|tell|give|explain|quote|summari[sz]e|describe|ask|delegate|then';
const boundary = new RegExp(
  `(?:[.;?!]+\\s+|\\n+|,?\\s+(?:and\\s+then|and|then|,)\\s+(?=(?:please\\s+|also\\s+)?(?:${verbs})\\b)|,\\s+(?=(?:then\\s+)?(?:${verbs})\\b))`,
  'gi',
);

/** Splits a message into the wishes that it strings together; never inside quotation marks or backticks. */
export function clausesOf(message: string): string[] {
  const text = message.slice(0, maxLength);
  const clauses: string[] = [];
  let start = 0;
  for (const match of text.matchAll(boundary)) {
    if (isQuoted(text.slice(start, match.index))) continue;
    clauses.push(text.slice(start, match.index));
    start = match.index + match[0].length;
  }
  clauses.push(text.slice(start));
  return clauses.map((clause) => clause.trim()).filter((clause) => clause !== '');
}

const isQuoted = (before: string): boolean =>
  ['"', '`'].some((mark) => before.split(mark).length % 2 === 0) ||
  before.split('“').length !== before.split('”').length;
