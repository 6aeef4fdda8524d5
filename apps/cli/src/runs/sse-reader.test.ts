import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SseFrame, SseReader } from './sse-reader';

function read(bytes: Uint8Array, cuts: readonly number[] = []): readonly SseFrame[] {
  const reader = new SseReader();
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).flatMap((end, index) => reader.push(bytes.subarray(edges[index], end)));
}

const readText = (text: string): readonly SseFrame[] => read(Buffer.from(text));

describe('SseReader', () => {
  it('reads events, data and ids', () => {
    expect(readText('event: end\ndata: null\nid: 3-0\n\n')).toEqual([
      { event: 'end', data: 'null', id: '3-0', hasOwnId: true },
    ]);
  });

  it('joins several data lines and remembers the last id', () => {
    expect(readText('id: 1\ndata: a\ndata:b\n\ndata\n\n')).toEqual([
      { event: 'message', data: 'a\nb', id: '1', hasOwnId: true },
      { event: 'message', data: '', id: '1', hasOwnId: false },
    ]);
  });

  it('passes over comments, unknown fields and frames without data', () => {
    expect(readText(': heartbeat\n\nretry: 5\nevent: x\n\n:\ndata: y\n\n')).toMatchObject([
      { event: 'message', data: 'y' },
    ]);
  });

  it('does not deliver what the stream ended in the middle of', () => {
    expect(readText('data: whole\n\ndata: half\n')).toMatchObject([{ data: 'whole' }]);
  });

  it('ignores an id with NUL, as the standard asks', () => {
    expect(readText('id: a\u0000b\ndata: x\n\n')).toMatchObject([{ id: undefined }]);
  });

  it('reads the same, wherever the stream is cut and however its lines end', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\0]/.test(text));
    const frame = fc.record({
      event: line.filter((text) => text !== ''),
      data: fc.array(line, { minLength: 1 }),
    });
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    const property = fc.property(
      fc.array(frame),
      lineEnd,
      fc.array(fc.nat()),
      (frames, newline, anywhere) => {
        const text = frames
          .map(({ event, data }) =>
            [`event: ${event}`, ...data.map((part) => `data: ${part}`), '', ''].join(newline),
          )
          .join('');
        const bytes = Buffer.from(text);
        const cuts = anywhere.map((cut) => cut % (bytes.length + 1));
        // A lone CR at the very end may still become a CRLF: nothing is held back for it.
        const found = read(bytes, cuts).map(({ event, data }) => ({ event, data }));
        const expected = frames.map(({ event, data }) => ({ event, data: data.join('\n') }));
        expect(found).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
