/**
 * The keys of one endpoint. While a key is rotated there are two, separated by commas or white space: the old one works until
 * it is withdrawn, the new one from when it is known. Invariants:
 *
 * K1 The setting is read for each request, so a change of its file counts at once.
 * K2 The key that worked last is tried first; a refused one is followed by the others, each once.
 * K3 A setting without keys is asked without one.
 */
export class KeyRing {
  #source = '';
  #keys: readonly string[] = [];
  #preferred = 0;

  constructor(private readonly read: () => string | undefined) {}

  all(): readonly string[] {
    const source = this.read() ?? '';
    if (source !== this.#source) {
      this.#source = source;
      this.#keys = [...new Set(source.split(/[\s,]+/).filter((key) => key !== ''))];
      this.#preferred = 0;
    }
    return this.#keys;
  }

  async tryEach<Answer>(
    ask: (key: string | undefined) => Promise<Answer>,
    isRefused: (answer: Answer) => boolean,
  ): Promise<{ readonly answer: Answer; readonly key: string | undefined }> {
    const keys = this.all();
    const first = this.#preferred;
    for (let tried = 0; ; tried += 1) {
      const place = keys.length === 0 ? 0 : (first + tried) % keys.length;
      const key = keys[place];
      const answer = await ask(key);
      const isLast = tried + 1 >= keys.length;
      if (isLast || !isRefused(answer)) {
        if (keys === this.#keys && !isRefused(answer)) this.#preferred = place;
        return { answer, key };
      }
    }
  }
}
