export interface ModelRef {
  readonly provider: string;
  /** As the provider calls it; may itself contain slashes. */
  readonly model: string;
}

/** `provider/model` → its parts; undefined when it is not of that form. */
export function parseModelRef(ref: string): ModelRef | undefined {
  const slash = ref.indexOf('/');
  if (slash <= 0 || slash === ref.length - 1) return undefined;
  return { provider: ref.slice(0, slash), model: ref.slice(slash + 1) };
}
