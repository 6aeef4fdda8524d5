import type { HealthCheck, HealthSnapshot } from '@lumina/contracts';
import type { Transition } from './rounds/history';

/** What each check means to somebody who uses the API; a check that is not here is none of theirs. */
const parts: Readonly<Record<string, string>> = {
  checkpointer: 'Accepting and keeping runs',
  llm: 'Models',
  synthetic: 'Answering, tried every minute',
  queues: 'Handing work to workers',
  work: 'Looking after runs under way',
};

const headlines: Readonly<Record<HealthSnapshot['status'], string>> = {
  healthy: 'Everything works',
  degraded: 'Something does not work as it should',
  unhealthy: 'Runs cannot be accepted at present',
};

const words = { healthy: 'works', degraded: 'impaired', unhealthy: 'does not work', unknown: 'not known' };

/** No script, no image and nothing from elsewhere: the page must load when little else does. */
export const statusPagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/**
 * For people who call the API, as one HTML page. It says what works and since when, and never why: the details of checks name
 * machines. States are words, so that nobody has to see colours.
 */
export function statusPage(snapshot: HealthSnapshot | undefined, transitions: readonly Transition[]): string {
  const headline = snapshot === undefined ? 'Not looked at yet' : headlines[snapshot.status];
  const seenAt = snapshot === undefined ? '' : `<p>Last looked at ${timeOf(snapshot.atMs)}.</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline} – Lumina status</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 2rem 0; }
caption { text-align: left; font-weight: bold; }
th, td { border-bottom: 1px solid; padding: 0.4rem 0.8rem 0.4rem 0; text-align: left; font-weight: normal; }
</style>
</head>
<body>
<main>
<h1>${headline}</h1>
${seenAt}
${partsTable(snapshot, transitions)}
${changesTable(transitions)}
</main>
</body>
</html>
`;
}

function partsTable(snapshot: HealthSnapshot | undefined, transitions: readonly Transition[]): string {
  const rows = Object.entries(parts).flatMap(([name, part]) => {
    const check = snapshot?.checks[name];
    return check === undefined ? [] : [partRow(part, check, changeOf(name, transitions))];
  });
  return table('Parts', ['Part', 'State', 'Since'], rows);
}

const changeOf = (name: string, transitions: readonly Transition[]): Transition | undefined =>
  transitions.findLast(({ subject }) => subject === `check:${name}`);

function partRow(part: string, { isHealthy }: HealthCheck, change: Transition | undefined): string {
  const since = change === undefined ? 'before the last changes' : timeOf(change.atMs);
  return row(part, [isHealthy ? words.healthy : words.unhealthy, since]);
}

function changesTable(transitions: readonly Transition[]): string {
  const rows = transitions
    .filter(({ subject }) => subject === 'status' || parts[subject.replace(/^check:/, '')] !== undefined)
    .toReversed()
    .map(({ atMs, subject, from, to }) =>
      row(timeOf(atMs), [
        parts[subject.replace(/^check:/, '')] ?? 'The whole',
        `${words[from]} → ${words[to]}`,
      ]),
    );
  return rows.length === 0
    ? '<p>No changes since this page began to look.</p>'
    : table('Last changes', ['When', 'Part', 'Change'], rows);
}

const table = (caption: string, heads: readonly string[], rows: readonly string[]): string => `<table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;

const row = (head: string, cells: readonly string[]): string =>
  `<tr><th scope="row">${head}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

const timeOf = (atMs: number): string => {
  const iso = new Date(atMs).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
};
