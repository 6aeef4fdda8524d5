import { describe, expect, it } from '@jest/globals';
import { endpoint, normalBaseUrl } from './base-url';

describe('the root of an endpoint', () => {
  it.each([
    ['http://a:1', 'http://a:1/v1/models'],
    ['http://a:1/', 'http://a:1/v1/models'],
    ['http://a:1/v1', 'http://a:1/v1/models'],
    ['http://a:1/v1///', 'http://a:1/v1/models'],
    ['https://a/api/paas/v4', 'https://a/api/paas/v4/models'],
    ['https://a/api/v1/chat/completions', 'https://a/api/v1/models'],
    ['https://a/v1/models', 'https://a/v1/models'],
    ['https://a/openai?api-version=2', 'https://a/openai/models?api-version=2'],
    ['https://user:pass@a/v1#x', 'https://a/v1/models'],
  ])('%s', (given, expected) => {
    expect(endpoint(normalBaseUrl(given), 'models').href).toBe(expected);
  });
});
