import { hash, randomUUID } from 'node:crypto';

let lastMs = 0;
let count = 0;
const most = 0xfff;

/**
 * A UUID of version 7: names sort by when they were made, also those that this process makes within one millisecond. Its randomness is
 * what `randomUUID` gets in large portions: a request of its own for each name takes longer than all the rest.
 */
export function newName(): string {
  const random = randomUUID();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // Half of the numbers at most: the other half is for those that follow.
    count = Number.parseInt(random.slice(0, 3), 16) >> 1;
  } else if (count < most) count += 1;
  else {
    lastMs += 1;
    count = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const place = count.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${place}${random.slice(18)}`;
}

/** The UUID of version 5 that everybody makes of this name in this namespace, which is a UUID itself. */
export function nameFrom(name: string, namespace: string): string {
  const named = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  const digits = hash('sha1', named);
  const variant = ((Number.parseInt(digits.slice(16, 17), 16) & 0b11) | 0b1000).toString(16);
  const [first, second] = [digits.slice(0, 8), digits.slice(8, 12)];
  return `${first}-${second}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
