import { readSecretFile } from '../config/secret-file';

/** Names whose values nobody else is to see. */
const secretName =
  /(?:^|[_-])(?:KEYS?|TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|HEADERS|COOKIE|DSN|WEBHOOK)(?:[_-]|$)|(?:apikey|password|secret|token|credential)/i;
const fileSuffix = '_FILE';
const withoutSuffix = (name: string): string => name.slice(0, -fileSuffix.length);
/** What is shorter is no secret, and would be found in half of all words. */
const minCharacters = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/** The password of a URL, decoded and as it stands. */
function passwordsOf(text: string): readonly string[] {
  if (!text.includes('://') || !URL.canParse(text)) return [];
  const { password } = new URL(text);
  const asWritten = /^[^:]+:\/\/[^:@/]*:([^@/]*)@/.exec(text)?.[1] ?? '';
  try {
    return [password, decodeURIComponent(password), asWritten];
  } catch {
    return [password, asWritten];
  }
}

/** `key:tenant[:scopes]`, comma-separated: the keys are secret, and what they stand beside is not. */
const apiKeysIn = (value: string): readonly string[] =>
  value.split(',').map((entry) => entry.trim().split(':')[0] ?? '');

/** `name=value,…`: what a collector is told so that it lets us in, as it is written and as it is sent. */
const headerValuesIn = (value: string): readonly string[] =>
  value.split(',').flatMap((pair) => {
    const text = pair.slice(pair.indexOf('=') + 1).trim();
    return [text, text.replaceAll('%20', ' ')].flatMap((each) => [each, each.replace(/^\w+(?: |%20)/, '')]);
  });

function valuesOf(name: string, value: string): readonly string[] {
  const text = value.trim();
  if (name.startsWith('LUMINA_API_KEYS')) return apiKeysIn(text);
  if (name.startsWith('OTEL_EXPORTER_OTLP')) return headerValuesIn(text);
  const lines = text.split('\n').map((line) => line.trim());
  return [text, ...(lines.length > 1 ? lines.filter((line) => line.length >= 24) : []), ...passwordsOf(text)];
}

const isSecret = (value: string): boolean =>
  value.length >= minCharacters && !/^(?:[\d.]+|[./~][\w./~-]*|true|false)$/i.test(value);

/**
 * The secrets that a process was given: by variables whose names say so, in files that variables name, in URLs, and in what else it was
 * configured with.
 *
 * @returns a getter of their present values; files are read again when they change
 */
export function knownSecrets(env: Environment, configured?: unknown): () => readonly string[] {
  const fixed = [
    ...Object.entries(env).flatMap(([name, value = '']) => {
      if (name.endsWith(fileSuffix)) return [];
      return secretName.test(name) ? valuesOf(name, value) : passwordsOf(value);
    }),
    ...secretsIn(configured),
  ];
  const files = Object.entries(env).flatMap(([name, path = '']) =>
    name.endsWith(fileSuffix) && path !== '' && secretName.test(withoutSuffix(name))
      ? [{ name: withoutSuffix(name), read: opened(path) }]
      : [],
  );
  // Asked for each attribute of a span and each line of a log: what has not changed is not gone through again.
  let texts: readonly string[] | undefined;
  let secrets: readonly string[] = [];
  return () => {
    const now = files.map(({ read }) => read());
    if (texts !== undefined && now.every((text, at) => text === texts?.[at])) return secrets;
    texts = now;
    const held = files.flatMap(({ name }, at) => valuesOf(name, now[at] ?? ''));
    secrets = [...new Set([...fixed, ...held].filter(isSecret))];
    return secrets;
  };
}

function opened(path: string): () => string {
  try {
    return readSecretFile(path);
  } catch {
    // Whoever needs the file says that it cannot be read.
    return () => '';
  }
}

/** Values below names that say so, at any depth. */
function secretsIn(value: unknown, name = ''): readonly string[] {
  if (typeof value === 'string') return secretName.test(name) ? valuesOf(name, value) : passwordsOf(value);
  if (Array.isArray(value)) return value.flatMap((inner) => secretsIn(inner, name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, held]) => secretsIn(held, inner));
}
