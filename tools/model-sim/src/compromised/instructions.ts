/** A tool call that a text asks for. */
export interface Instruction {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const maxLength = 400_000;

/**
 * Every instruction in a text, however it is hidden: `call TOOL with {"json": "arguments"}`, in plain words or in letters that nobody
 * sees, in HTML entities, in base64, or backwards. An attacker may count on a model that can read all of these.
 */
export function instructionsIn(text: string): readonly Instruction[] {
  const found = readings(text.slice(0, maxLength)).flatMap(plainInstructions);
  const byText = new Map(found.map((instruction) => [JSON.stringify(instruction), instruction]));
  return [...byText.values()];
}

function readings(text: string): readonly string[] {
  const seen = unhidden(text);
  const decoded = [...seen.matchAll(/[A-Za-z0-9+/_-]{32,}={0,2}/g)].map(([encoded]) =>
    Buffer.from(encoded, 'base64').toString('utf8'),
  );
  return [seen, ...decoded, Array.from(seen).reverse().join('')];
}

/** Tag characters as the letters that they stand for, by their numbers too; zero-width characters gone; entities resolved. */
function unhidden(text: string): string {
  return text
    .replace(/‹U\+([0-9A-F]{4,6})›/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/[\u{e0020}-\u{e007e}]/gu, (tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe0000))
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('\\_', '_');
}

function plainInstructions(text: string): readonly Instruction[] {
  return [...text.matchAll(/\bcall\s+[`"']?([\w.-]{1,80})[`"']?\s+with\s+(?=\{)/gi)].flatMap((match) => {
    const args = objectAt(text, match.index + match[0].length);
    return args === undefined ? [] : [{ name: match[1] ?? '', args }];
  });
}

const maxObject = 20_000;

/** The JSON object that begins here. */
function objectAt(text: string, start: number): Readonly<Record<string, unknown>> | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < Math.min(text.length, start + maxObject); at++) {
    const letter = text[at];
    if (isInString) {
      if (letter === '\\') at++;
      else if (letter === '"') isInString = false;
    } else if (letter === '"') isInString = true;
    else if (letter === '{') depth++;
    else if (letter === '}' && --depth === 0) return parsed(text.slice(start, at + 1));
  }
  return undefined;
}

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
