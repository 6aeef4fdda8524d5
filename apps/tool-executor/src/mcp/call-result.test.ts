import { describe, expect, it } from '@jest/globals';
import { resultOf } from './call-result';

const content = (result: ReturnType<typeof resultOf>): string =>
  result.kind === 'ok' ? result.content : result.message;

describe('what a server answered', () => {
  it('is its texts, a line each', () => {
    const texts = ['one', 'two'].map((text) => ({ type: 'text' as const, text }));
    expect(content(resultOf({ content: texts }))).toBe('one\ntwo');
  });

  it('names what is no text and leaves it out', () => {
    const result = resultOf({
      content: [
        { type: 'image', mimeType: 'image/png', data: 'A'.repeat(4_096) },
        { type: 'resource_link', uri: 'file:///a', name: 'a' },
        { type: 'resource', resource: { uri: 'x:y', blob: 'AAAA' } },
        { type: 'resource', resource: { uri: 'x:z', text: 'inside' } },
      ],
    });
    expect(content(result)).toMatch(/image\/png.*left out/);
    expect(content(result)).toContain('[link to file:///a: a]');
    expect(content(result)).toContain('[content of x:y: left out]');
    expect(content(result)).toContain('inside');
    expect(content(result)).not.toContain('AAAA');
  });

  it('is its structure where there are no words', () => {
    expect(content(resultOf({ content: [], structuredContent: { bmi: 22 } }))).toBe('{"bmi":22}');
  });

  it('is an error of the tool where it says so, below a line of ours', () => {
    const result = resultOf({ content: [{ type: 'text', text: 'no such note' }], isError: true });
    expect(result).toEqual({
      kind: 'error',
      type: 'remote_failure',
      message: 'the tool says that it failed:\nno such note',
    });
  });
});
