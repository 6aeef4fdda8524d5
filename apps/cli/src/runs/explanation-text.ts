import { printable } from '../command-line/printable';

/** What the gateway answers to GET /runs/{run}/explain. */
export interface Explanation {
  readonly run_id: string;
  readonly thread_id: string;
  readonly agent: string;
  readonly status: string;
  readonly summary: string;
  readonly waits_for?: {
    readonly what: string;
    readonly since: string;
    readonly until?: string;
    readonly holder?: string;
  };
  readonly what_to_do: string;
  readonly timeline?: readonly { readonly at: string; readonly what: string; readonly detail?: string }[];
  readonly items?: readonly {
    readonly item: string;
    readonly state: string;
    readonly attempt?: number;
    readonly holder?: string;
    readonly lease_until?: string;
  }[];
}

function ago(since: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1_000));
  if (Number.isNaN(seconds)) return since;
  return seconds < 120 ? `${since} (${seconds} s ago)` : `${since} (${Math.round(seconds / 60)} min ago)`;
}

function waiting({ waits_for: wait }: Explanation, nowMs: number): readonly string[] {
  if (wait === undefined) return [];
  return [
    `  waits for   ${wait.what}`,
    `  since       ${ago(wait.since, nowMs)}`,
    ...(wait.until === undefined ? [] : [`  until       ${wait.until}`]),
    ...(wait.holder === undefined ? [] : [`  holder      ${wait.holder}`]),
  ];
}

function timelineLines({ timeline = [] }: Explanation): readonly string[] {
  const firstMs = Date.parse(timeline[0]?.at ?? '');
  return timeline.map(({ at, what, detail }) => {
    const offset = `+${((Date.parse(at) - firstMs) / 1_000).toFixed(2)} s`;
    return `  ${offset.padStart(10)}  ${what}${detail === undefined ? '' : `: ${detail}`}`;
  });
}

const itemLines = ({ items = [] }: Explanation): readonly string[] =>
  items.map(({ item, state, attempt, holder, lease_until: until }) => {
    const details = [
      attempt === undefined ? '' : `attempt ${attempt}`,
      holder === undefined ? '' : `held by ${holder}`,
      until === undefined ? '' : `until ${until}`,
    ].filter((part) => part !== '');
    return `  ${item.padEnd(12)} ${state}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
  });

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** For people; `nowMs` is the clock of whoever reads. */
export function explanationText(explanation: Explanation, nowMs: number): string {
  const { run_id: run, thread_id: thread, agent, status, summary, what_to_do: advice } = explanation;
  const lines = [
    summary,
    '',
    `  status      ${status}`,
    ...waiting(explanation, nowMs),
    `  what to do  ${advice}`,
    '',
    `  run         ${run}`,
    `  thread      ${thread}`,
    `  agent       ${agent}`,
    ...section('Timeline', timelineLines(explanation)),
    ...section('Work items', itemLines(explanation)),
  ];
  return `${printable(lines.join('\n'))}\n`;
}
