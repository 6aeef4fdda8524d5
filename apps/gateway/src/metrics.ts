import type { ErrorCode } from '@lumina/contracts';
import { securityCounter } from '@lumina/platform';
import { Counter, Gauge } from 'prom-client';

const openStreams = new Gauge({
  name: 'lumina_streams_open',
  help: 'Listeners that follow a run at this gateway now.',
});
const streams = new Counter({
  name: 'lumina_streams_total',
  help: 'Listeners that came, by how they went: with the end of the run, before it, or refused for their cursor.',
  labelNames: ['outcome'],
});
const rereads = new Counter({
  name: 'lumina_stream_rereads_total',
  help: 'Times that a listener read a run again from its own stream, for the live stream had left something out.',
});

export const feedbackGiven = new Counter({
  name: 'lumina_feedback_total',
  help: 'What people thought of runs, by what it was about and from 1 (poor) to 5 (excellent).',
  labelNames: ['category', 'rating'],
});

export const accuracy = new Gauge({
  name: 'lumina_accuracy_ratio',
  help: 'Share of 4 and 5 among the ratings that this process was given, by what they were about.',
  labelNames: ['category'],
});

const rateLimited = new Counter({
  name: 'lumina_rate_limited_total',
  help: 'Requests that were refused because their key, or their tenant, had asked too often; `tool` is the class of the route.',
  labelNames: ['scope', 'tool'],
});
const unthrottled = new Counter({
  name: 'lumina_unthrottled_total',
  help: 'Requests that were let in uncounted because Redis did not answer.',
});

const streamOutcomes = ['ended', 'left', 'cursor_refused', 'failed'] as const;
export type StreamOutcome = (typeof streamOutcomes)[number];

/** What of the answers security wants to know of. */
const securityTypes: Readonly<Partial<Record<ErrorCode, string>>> = {
  LUM_UNAUTHENTICATED: 'auth_failure',
  LUM_FORBIDDEN: 'forbidden',
};

// An alert sees a counter grow from its first value on: what is rare begins at 0.
for (const outcome of streamOutcomes) streams.inc({ outcome }, 0);
const measureSecurityEvent = securityCounter(Object.values(securityTypes));

export function measureRefusal(code: ErrorCode): void {
  const type = securityTypes[code];
  if (type !== undefined) measureSecurityEvent(type);
}

export const measureReread = (): void => rereads.inc();
/** One that comes, or one that goes. */
export const measureListener = (change: 1 | -1): void => openStreams.inc(change);
export const measureStream = (outcome: StreamOutcome): void => streams.inc({ outcome });

/** From this rating on people got what they asked for. */
const goodScore = 4;
const ratings = new Map<string, { readonly all: number; readonly good: number }>();

export function measureFeedback(category: string, score: number): void {
  feedbackGiven.inc({ category, rating: String(score) });
  const before = ratings.get(category) ?? { all: 0, good: 0 };
  const now = { all: before.all + 1, good: before.good + Number(score >= goodScore) };
  ratings.set(category, now);
  accuracy.set({ category }, now.good / now.all);
}

/** @param what the class of the route, or that too many streams were open */
export const measureThrottled = (scope: 'key' | 'tenant', what: string): void =>
  rateLimited.inc({ scope, tool: `api:${what}` });
export const measureUnthrottled = (): void => unthrottled.inc();
