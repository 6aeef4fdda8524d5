import { total } from '../accounts/by-role';
import { spreadOf } from '../accounts/spread';
import type { Findings } from '../works/findings';
import { type Bar, judged, single } from './bar';
import { luminas } from './lumina-names';

const wholeBurst = 1_000;

/** Only a whole burst is judged: a small one proves nothing. */
export function burstBars({ burst }: Findings): readonly Bar[] {
  if (burst === undefined || burst.runs < wholeBurst) return [];
  return luminas.flatMap((subject) => {
    const rounds = burst.rounds[subject];
    if (rounds === undefined) return [];
    const seconds = rounds.map(({ elapsedMs }) => elapsedMs / 1_000);
    const unanswered = rounds.reduce((sum, { errors }) => sum + total(errors), 0);
    const above = burst.aboveIdleBytes[subject];
    return [
      ...judged({ subject, what: 'burst: all done', unit: 's', bar: { atMost: 6.5 } }, spreadOf(seconds)),
      ...judged(
        { subject, what: 'burst: runs not answered', unit: '', bar: { atMost: 0 } },
        single(unanswered),
      ),
      ...judged(
        { subject, what: 'burst: memory above idle', unit: 'MB', bar: { atMost: 400 } },
        single(above === undefined ? undefined : above / 1e6),
      ),
    ];
  });
}
