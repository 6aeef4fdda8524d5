const durationUnitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const byteUnits = {
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
} as const;

const quantityPattern = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

function quantity(
  text: string,
  units: Readonly<Record<string, number>>,
  bareUnit: string,
): number | undefined {
  const match = quantityPattern.exec(text);
  if (match === null) return undefined;
  const name = match[2] === '' ? bareUnit : (match[2] ?? bareUnit).toLowerCase();
  if (!Object.hasOwn(units, name)) return undefined;
  const value = Math.round(Number(match[1]) * (units[name] ?? Number.NaN));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `250ms`, `30s`, `5m`, `1.5h`, `7d` or a bare number of milliseconds → milliseconds; undefined when it is none. */
export const parseDurationMs = (text: string): number | undefined => quantity(text, durationUnitsMs, 'ms');

/** `512`, `64KiB`, `10MB` … → bytes; undefined when it is none. */
export const parseBytes = (text: string): number | undefined => quantity(text, byteUnits, 'b');
