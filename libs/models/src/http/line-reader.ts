import { StringDecoder } from 'node:string_decoder';
import type { EventReader } from './event-reader';

/** Bytes of a text, split anywhere, → its lines. Empty ones are passed over. */
export function createLineReader(onLine: (line: string) => void): EventReader {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(line);
  };
  return {
    feed: (chunk) => {
      take(decoder.write(chunk));
    },
    end: () => {
      take(`${decoder.end()}\n`);
    },
  };
}
