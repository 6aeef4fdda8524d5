import { timingSafeEqual } from 'node:crypto';

/** Whether `authorization` carries the key; always when none is required. */
export function mayEnter(requireKey: string | undefined, authorization: string | undefined): boolean {
  if (requireKey === undefined) return true;
  const given = Buffer.from(authorization ?? '');
  const wanted = Buffer.from(`Bearer ${requireKey}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
