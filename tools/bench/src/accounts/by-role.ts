/** A figure for each role. */
export type ByRole = Readonly<Record<string, number>>;

export const total = (all: ByRole): number => Object.values(all).reduce((sum, one) => sum + one, 0);

/** What has come to each since. */
export const spent = (from: ByRole, to: ByRole): ByRole =>
  Object.fromEntries(Object.entries(to).map(([role, amount]) => [role, amount - (from[role] ?? 0)]));
