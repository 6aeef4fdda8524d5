import { describe, expect, it } from '@jest/globals';
import { OutputCapture } from './captured-output';

const capture = (kept: number, chunks: readonly string[]) => {
  const output = new OutputCapture(kept);
  for (const chunk of chunks) output.add(Buffer.from(chunk));
  const { head, tail, totalBytes } = output.captured();
  return [head.toString(), tail.toString(), totalBytes];
};

describe('captured output', () => {
  it('is all of it when it is short', () => {
    expect(capture(8, ['ab', 'cdef'])).toEqual(['abcdef', '', 6]);
  });

  it('is beginning and end when it is long, however it arrives', () => {
    const text = '0123456789abcdefghij';
    expect(capture(8, [text])).toEqual(['012345', 'ij', 20]);
    expect(capture(8, text.split(''))).toEqual(['012345', 'ij', 20]);
    expect(capture(8, ['01234567', '89abcdefgh', 'ij'])).toEqual(['012345', 'ij', 20]);
  });

  it('keeps all of what is exactly as long as it keeps', () => {
    expect(capture(8, ['01234567'])).toEqual(['012345', '67', 8]);
  });
});
