import { describe, expect, it } from '@jest/globals';
import { cutText } from './cut';

const whole = (text: string) => ({ text, isCut: false });

describe('what of an answer a request lets through', () => {
  it('is all of it, where nothing limits it or it just fits', () => {
    expect(cutText('one two', {})).toEqual(whole('one two'));
    expect(cutText('four', { maxTokens: 1 })).toEqual(whole('four'));
    expect(cutText('one', { stop: [''] })).toEqual(whole('one'));
  });

  it('is as much as there are tokens for', () => {
    expect(cutText('one two three', { maxTokens: 1 })).toEqual({ text: 'one ', isCut: true });
  });

  it('is what comes before the first stop word', () => {
    expect(cutText('one two three', { stop: ['three', 'two'] })).toEqual(whole('one '));
    expect(cutText('one two three', { stop: ['two'], maxTokens: 2 })).toEqual(whole('one '));
  });

  it('is never half a character', () => {
    expect(cutText('abc\u{1f600}', { maxTokens: 1 }).text.isWellFormed()).toBe(true);
  });
});
