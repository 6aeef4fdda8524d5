import { spreadOf } from '../accounts/spread';
import type { Findings, SandboxFinding } from '../works/findings';
import { type Bar, judged, single } from './bar';

const maxOverheadMs = 15;
const maxLateMs = 1_000;
const maxSlowdown = 2;
const plain = 'plain';

/** What a tier adds to a call, round by round; milliseconds. */
export const addedMs = ({ overhead }: SandboxFinding, tier: string): readonly number[] =>
  overhead.flatMap((round) => {
    const [ours, plainly] = [round[tier], round[plain]];
    return ours === undefined || plainly === undefined ? [] : [ours.p50Ms - plainly.p50Ms];
  });

export const tiersOf = ({ overhead }: SandboxFinding): readonly string[] =>
  Object.keys(overhead[0] ?? {}).filter((name) => name !== plain);

export const hogsOf = ({ beside }: SandboxFinding): readonly string[] => [
  ...new Set(beside.map(({ hog }) => hog)),
];

/** The median of the rounds counts; how late something was ended, of all of them the worst. */
export function sandboxBars({ sandbox }: Findings): readonly Bar[] {
  if (sandbox === undefined) return [];
  return tiersOf(sandbox).flatMap((subject) => {
    const ofTier = sandbox.beside.filter(({ tier }) => tier === subject);
    const latest = ofTier.map(({ latestMs }) => latestMs);
    return [
      ...judged(
        { subject, what: 'a call: added p50', unit: 'ms', bar: { atMost: maxOverheadMs } },
        spreadOf(addedMs(sandbox, subject)),
      ),
      ...judged(
        { subject, what: 'what hoards is over after its limit', unit: 'ms', bar: { atMost: maxLateMs } },
        single(latest.length === 0 ? undefined : Math.max(...latest)),
      ),
      ...hogsOf(sandbox).flatMap((hog) =>
        judged(
          { subject, what: `a neighbour's p95 beside ${hog}`, unit: '×', bar: { atMost: maxSlowdown } },
          spreadOf(
            ofTier.filter((each) => each.hog === hog).map((each) => each.besideP95Ms / each.aloneP95Ms),
          ),
        ),
      ),
    ];
  });
}
