import { type Fact, type RunEvent, runEventSchema } from '@lumina/contracts';

/** What an event is: the type of its fact, or its own where it is none. */
export type EventKind = Fact['type'] | Exclude<RunEvent['type'], 'fact'>;

/** How every writer of ours begins an event. What begins otherwise is read. */
const beginning =
  /^\{"type":"(?:(delta|discarded|output)"|fact","position":\d+,"fact":\{"run":"[^"\\]*","at":\d+,"type":"([a-z.]+)")/;

/**
 * One event of a run as the live stream brings it. Most are told to clients that wait for the outcome alone and need two of them, so an
 * event is read when somebody asks what it says, and then once for all.
 */
export class LiveEvent {
  private known: { readonly event: RunEvent | undefined } | undefined;
  private knownKind: { readonly kind: EventKind | undefined } | undefined;

  constructor(
    readonly run: string,
    readonly seq: number,
    private readonly json: string,
  ) {}

  /** Undefined for what is too large for the live stream or not to be read here: the run's own stream has it, or says what is wrong. */
  get event(): RunEvent | undefined {
    this.known ??= { event: read(this.json) };
    return this.known.event;
  }

  /** Undefined only for what is too large or not to be read. */
  get kind(): EventKind | undefined {
    this.knownKind ??= { kind: this.kindAsWritten() ?? this.kindAsRead() };
    return this.knownKind.kind;
  }

  /** False: nothing in it is so called. */
  mayName(name: string): boolean {
    return this.json.includes(JSON.stringify(name));
  }

  private kindAsWritten(): EventKind | undefined {
    const [, own, fact] = beginning.exec(this.json) ?? [];
    return (own ?? fact) as EventKind | undefined;
  }

  private kindAsRead(): EventKind | undefined {
    const { event } = this;
    return event?.type === 'fact' ? event.fact.type : event?.type;
  }
}

function read(json: string): RunEvent | undefined {
  if (json === '') return undefined;
  try {
    return runEventSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** `fields`: r, run, s, sequence of the first event, and for each event: e, its JSON or nothing */
export function liveEventsOf(fields: readonly string[]): readonly LiveEvent[] {
  const [, run = '', , first] = fields;
  const events: LiveEvent[] = [];
  for (let at = 5; at < fields.length; at += 2)
    events.push(new LiveEvent(run, Number(first) + events.length, fields[at] ?? ''));
  return events;
}
