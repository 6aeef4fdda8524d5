import { describe, expect, it } from '@jest/globals';
import { statusOf } from './verdict';

const check = (isHealthy: boolean) => ({ isHealthy, detail: '', latencyMs: 0, checkedAtMs: 0 });
const critical = new Set(['redis']);

describe('the status of the whole', () => {
  it.each([
    ['healthy', true, true],
    ['degraded', true, false],
    ['unhealthy', false, true],
    ['unhealthy', false, false],
  ])('is %s when redis is %s and llm is %s', (status, redis, llm) => {
    expect(statusOf({ redis: check(redis), llm: check(llm) }, critical)).toBe(status);
  });
});
