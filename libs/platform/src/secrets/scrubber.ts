import { tokenPatterns } from './token-patterns';

export interface Scrubbed {
  readonly text: string;
  /** How many secrets were taken out. */
  readonly removed: number;
}

/**
 * Takes secrets out of text. Invariants:
 *
 * Z1 A known secret is found as it stands and as programs write it: escaped for JSON or a URL, in hexadecimal, and in base64 wherever it
 *    begins in what was encoded.
 * Z2 What is put in its place names the kind and never a part of the secret.
 * Z3 A text without secrets comes back as the same string.
 *
 * It does not find a secret that was taken apart, turned round or encrypted: what must not be told must not be readable.
 */
export class Scrubber {
  private values: readonly string[] = [];
  private known: RegExp | undefined;

  constructor(private readonly current: () => readonly string[]) {}

  /** Known secrets alone: for logs, which hold no words of strangers. */
  scrubKnown(text: string): Scrubbed {
    const pattern = this.pattern();
    return pattern === undefined ? { text, removed: 0 } : replaced(text, pattern, () => 'known secret');
  }

  scrub(text: string): Scrubbed {
    const first = this.scrubKnown(text);
    const second = replaced(first.text, tokens, nameOfGroup);
    return { text: second.text, removed: first.removed + second.removed };
  }

  /** From where on a secret of several lines may have begun that has not ended yet; the text's length when none has. */
  openFrom(text: string): number {
    const known = this.current().filter((secret) => secret.includes('\n'));
    const key = text.lastIndexOf(keyBegins);
    const isOpen = key >= 0 && !text.includes(keyEnds, key);
    return Math.min(isOpen ? key : text.length, ...known.map((secret) => begunFrom(text, secret)));
  }

  private pattern(): RegExp | undefined {
    const values = this.current();
    if (values === this.values) return this.known;
    const isSame =
      values.length === this.values.length && values.every((value, at) => value === this.values[at]);
    if (isSame) return this.known;
    this.values = values;
    const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length);
    this.known = forms.length === 0 ? undefined : new RegExp(forms.map(escaped).join('|'), 'g');
    return this.known;
  }
}

const keyBegins = '-----BEGIN ';
const keyEnds = '-----END ';

/** Where the text's end is the beginning of this secret: its first line at least. */
function begunFrom(text: string, secret: string): number {
  const firstLine = secret.slice(0, secret.indexOf('\n') + 1);
  for (let at = text.indexOf(firstLine); at >= 0; at = text.indexOf(firstLine, at + 1))
    if (secret.startsWith(text.slice(at))) return at;
  return text.length;
}

const tokens = new RegExp(tokenPatterns.map(({ source }) => `(${source})`).join('|'), 'g');

const nameOfGroup = (groups: readonly (string | undefined)[]): string =>
  tokenPatterns[groups.findIndex((group) => group !== undefined)]?.name ?? 'secret';

function replaced(
  text: string,
  pattern: RegExp,
  nameOf: (groups: readonly (string | undefined)[]) => string,
): Scrubbed {
  let removed = 0;
  const clean = text.replace(pattern, (_found, ...rest: unknown[]) => {
    removed += 1;
    return `[removed: ${nameOf(rest as (string | undefined)[])}]`;
  });
  return { text: removed === 0 ? text : clean, removed };
}

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&');

/** Encoded forms that are shorter would be found where no secret is. */
const minEncoded = 11;

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const encoded = [...base64Forms(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    ...encoded.filter((form) => form.length >= minEncoded),
  ];
}

/** What base64 makes of the bytes at each of the three places where they may begin; what depends on their neighbours is left off. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((lead) => {
    const text = Buffer.concat([Buffer.alloc(lead), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const head = lead === 0 ? 0 : lead + 1;
    const isWhole = (lead + bytes.length) % 3 === 0;
    const core = text.slice(head, isWhole ? undefined : -1);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
