const maxLength = 300;

const keyLike = /\b(sk|pk|rk|key|gsk|xai)-[\w*.-]{6,}|\bbearer\s+\S+/gi;

/** A provider's words, fit to be shown: without keys, on one line, short. */
export function redacted(text: string, key: string | undefined): string {
  const withoutKey = key === undefined || key === '' ? text : text.replaceAll(key, '***');
  const line = withoutKey.replace(keyLike, '***').replace(/\s+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
