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

/** An endpoint below the root; a query in the root (api-version …) stays. */
export function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname}/${path}`;
  url.username = '';
  url.password = '';
  return url;
}
