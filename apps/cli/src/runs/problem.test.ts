import { describe, expect, it } from '@jest/globals';
import { adviceFor, readProblem } from './problem';

describe('readProblem', () => {
  it('reads problem details with their fields', () => {
    const body = {
      title: 'The request does not fit',
      detail: 'Two fields are wrong.',
      code: 'LUM_VALIDATION_FAILED',
      errors: [{ field: 'input', expected: 'an object' }, {}],
    };
    expect(readProblem(422, JSON.stringify(body))).toEqual({
      status: 422,
      code: 'LUM_VALIDATION_FAILED',
      message: 'Two fields are wrong.\n  input: expected an object\n  a field: expected something else',
    });
  });

  it.each([
    ['Thread not found', 'Thread not found'],
    ['', 'the gateway answered 404 and nothing else'],
    ['"a string"', '"a string"'],
    ['{"detail": 5, "title": "T"}', 'T'],
    ['{}', '{}'],
  ])('shows %j readably', (text, message) => {
    expect(readProblem(404, text)).toEqual({ status: 404, code: '', message });
  });

  it('does not show megabytes of somebody else’s error page', () => {
    expect(readProblem(500, 'x'.repeat(1e6)).message).toHaveLength(2_000);
  });
});

describe('adviceFor', () => {
  it('knows what to do about an unreachable model, and nothing about names of Object', () => {
    expect(adviceFor('LUM_MODEL_UNAVAILABLE')).toContain('LUMINA_MODEL');
    expect(adviceFor('constructor')).toBe('');
  });
});
