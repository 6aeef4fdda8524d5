/**
 * The root below which `chat/completions` and `models` stand. A bare host gets `/v1`, any other path is kept as it was
 * given (some providers version differently); a trailing slash or a pasted full endpoint is understood.
 */
export function normalBaseUrl(given: string): URL {
  const url = new URL(given);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(chat\/completions|models)$/, '');
  url.pathname = path === '' ? '/v1' : path;
  url.hash = '';
  return url;
}

/** A root without one of these endings, in the order that they are given; ends in no slash. */
export function rootWithout(given: string, endings: readonly string[]): URL {
  const url = new URL(given);
  const path = url.pathname.replace(/\/+$/, '');
  const ending = endings.find((one) => path.endsWith(one));
  url.pathname = ending === undefined ? path : path.slice(0, -ending.length);
  url.hash = '';
  return url;
}

/** An endpoint below the root; a query in the root (api-version …) stays. */
export function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
  url.username = '';
  url.password = '';
  return url;
}
