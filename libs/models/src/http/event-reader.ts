import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';

export interface EventReader {
  feed(chunk: Buffer): void;
  /** The stream is over: what stands in an unfinished last line counts too. */
  end(): void;
}

/** Bytes of an event stream, split anywhere, → the data of its events. Comments are passed over. */
export function createEventReader(onData: (data: string, event: string | undefined) => void): EventReader {
  const decoder = new StringDecoder('utf8');
  const parser = createParser({
    onEvent: ({ data, event }) => {
      onData(data, event);
    },
  });
  return {
    feed: (chunk) => {
      parser.feed(decoder.write(chunk));
    },
    end: () => {
      parser.feed(`${decoder.end()}\n\n`);
    },
  };
}
