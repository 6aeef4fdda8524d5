/** What is wrong with a URL that somebody gave us, in words for them; undefined when it may be tried. */
export function urlFault(text: string): string | undefined {
  if (text.length > maxUrlCharacters) return `it is longer than ${maxUrlCharacters} characters`;
  if (!URL.canParse(text)) return 'it is not a complete URL, such as https://example.com/page';
  const { protocol, username, password, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'only http and https are fetched';
  if (username !== '' || password !== '') return 'it holds a user name or password';
  return hostname === '' ? 'it names no host' : undefined;
}

const maxUrlCharacters = 4_096;
const redirects = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => redirects.has(status);

export type Hop =
  { readonly kind: 'go'; readonly url: string } | { readonly kind: 'bad'; readonly message: string };

/** Where a redirect leads, judged like any other URL. `location`: as the header has it. */
export function nextHop(from: string, location: string | undefined): Hop {
  if (location === undefined || location === '' || !URL.canParse(location, from))
    return { kind: 'bad', message: 'it redirects to nowhere' };
  const target = new URL(location, from);
  if (new URL(from).protocol === 'https:' && target.protocol === 'http:')
    return { kind: 'bad', message: 'it redirects from https to http' };
  const fault = urlFault(target.href);
  return fault === undefined
    ? { kind: 'go', url: target.href }
    : { kind: 'bad', message: `it redirects to a URL that is refused: ${fault}` };
}

/** Headers that may be sent on to another origin: none that may be meant for the first alone. */
export function headersFor(
  headers: Readonly<Record<string, string>>,
  from: string,
  to: string,
): Readonly<Record<string, string>> {
  if (new URL(from).origin === new URL(to).origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => portable.has(name.toLowerCase())));
}

const portable = new Set(['accept', 'accept-language', 'user-agent']);
