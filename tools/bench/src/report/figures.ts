import type { Spread } from '../accounts/spread';

export const absent = '–';

/** Three digits that count, thousands apart; whole numbers stay whole. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return absent;
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** The median, and in brackets from the least to the greatest when there are several. */
export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return absent;
  const { median, min, max } = spread;
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`;
}

export const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? absent : `${figure(bytes / 1_048_576)} MiB`;
