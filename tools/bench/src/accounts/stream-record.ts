import { type Quantiles, quantilesOf } from './spread';

/** What one client saw of one stream. Times since it asked. */
export interface StreamRecord {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Between words that came one after the other. */
  readonly gapsMs: readonly number[];
  /** How often words came, and how many bytes in all. */
  readonly pieces: number;
  readonly characters: number;
  readonly bytes: number;
}

/** Hears the words of one stream; `now` is a clock in milliseconds. */
export class StreamEar {
  private readonly askedMs: number;
  private readonly heardMs: number[] = [];
  private characters = 0;

  constructor(private readonly now: () => number) {
    this.askedMs = now();
  }

  hear(text: string): void {
    if (text === '') return;
    this.heardMs.push(this.now());
    this.characters += text.length;
  }

  /** @throws Error when nothing was heard */
  record(bytes: number): StreamRecord {
    const { heardMs, askedMs, characters } = this;
    const [first] = heardMs;
    const last = heardMs.at(-1);
    if (first === undefined || last === undefined) throw new Error('a stream without a word');
    const gapsMs = heardMs.slice(1).map((at, index) => at - (heardMs[index] ?? at));
    const pieces = heardMs.length;
    return { firstMs: first - askedMs, lastMs: last - askedMs, gapsMs, pieces, characters, bytes };
  }
}

/** Many streams of one subject in one round. */
export interface StreamSummary {
  readonly streams: number;
  readonly firstMs: Quantiles | undefined;
  readonly lastMs: Quantiles | undefined;
  readonly gapMs: Quantiles | undefined;
  readonly piecesPerStream: number;
  readonly charactersPerStream: number;
  readonly bytesPerStream: number;
}

export function streamSummary(records: readonly StreamRecord[]): StreamSummary {
  const mean = (measure: (record: StreamRecord) => number): number =>
    records.reduce((sum, record) => sum + measure(record), 0) / records.length;
  return {
    streams: records.length,
    firstMs: quantilesOf(records.map(({ firstMs }) => firstMs)),
    lastMs: quantilesOf(records.map(({ lastMs }) => lastMs)),
    gapMs: quantilesOf(records.flatMap(({ gapsMs }) => gapsMs)),
    piecesPerStream: mean(({ pieces }) => pieces),
    charactersPerStream: mean(({ characters }) => characters),
    bytesPerStream: mean(({ bytes }) => bytes),
  };
}
