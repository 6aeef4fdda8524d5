/** One variable that cannot be used: its name, what was given (never for secrets) and what would do. */
export interface SettingsFault {
  readonly name: string;
  /** Absent when nothing was given and when the value is secret. */
  readonly given?: string;
  readonly expected: string;
}

const describeFault = ({ name, given, expected }: SettingsFault): string =>
  given === undefined
    ? `  ${name}: expected ${expected}`
    : `  ${name}: got ${JSON.stringify(given)}, expected ${expected}`;

/** Everything wrong with the environment at once, one line a variable. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly SettingsFault[]) {
    const title =
      faults.length === 1 ? 'One setting is wrong:' : `${String(faults.length)} settings are wrong:`;
    super([title, ...faults.map(describeFault)].join('\n'));
    this.name = 'SettingsError';
  }
}
