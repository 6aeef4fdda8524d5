import { total } from '../accounts/by-role';
import { type Spread, spreadOf } from '../accounts/spread';
import type { Findings, Soaked, ThreadsFinding } from '../works/findings';
import type { Round } from '../works/round';
import { type Bar, judged, single } from './bar';
import { isLumina } from './lumina-names';

/** Of what takes long: many threads, and half an hour. */
export const longBars = ({ threads, soak }: Findings): readonly Bar[] => [
  ...(threads === undefined ? [] : threadBars(threads)),
  ...Object.entries(soak?.bySubject ?? {})
    .filter(([subject]) => isLumina(subject) && (soak?.seconds ?? 0) >= longEnoughSeconds)
    .flatMap(([subject, soaked]) => soakBars(subject, soaked)),
];

/** Before that a process still grows into its work. */
const longEnoughSeconds = 600;
const fewest = 1;
const most = 100_000;

function threadBars({ rounds, levels }: ThreadsFinding): readonly Bar[] {
  const [few, many] = [fewest, most].map((level) => rounds[levels[level] ?? ''] ?? []);
  const ratio = (measure: (round: Round) => number): Spread | undefined =>
    spreadOf(
      (many ?? []).flatMap((round, index) => {
        const other = few?.[index];
        return other === undefined ? [] : [measure(round) / measure(other)];
      }),
    );
  const bar = { atMost: 1.1 };
  const subject = 'lumina';
  return [
    ...judged(
      { subject, what: 'threads: CPU a run with 100,000 against 1', unit: '×', bar },
      ratio(({ cpuSeconds, runs }) => total(cpuSeconds) / runs),
    ),
    ...judged(
      { subject, what: 'threads: CPU of Redis a run with 100,000 against 1', unit: '×', bar },
      ratio(({ cpuSeconds, runs }) => (cpuSeconds['redis'] ?? 0) / runs),
    ),
  ];
}

/** What Redis keeps grows with what is stored; the services must not. */
function soakBars(subject: string, { trends, round }: Soaked): readonly Bar[] {
  const services = Object.entries(trends).filter(
    ([role]) => !role.startsWith('redis') && role !== 'sentinel',
  );
  const growth = services.reduce((sum, [, { bytesPerHour }]) => sum + bytesPerHour, 0);
  const size = services.reduce((sum, [, { medianBytes }]) => sum + medianBytes, 0);
  return [
    ...judged(
      { subject, what: 'soak: growth of the services', unit: '%/h', bar: { atMost: 5 } },
      single((growth / size) * 100),
    ),
    ...judged(
      { subject, what: 'soak: runs not answered', unit: '', bar: { atMost: 0 } },
      single(total(round.errors)),
    ),
  ];
}
