import { describe, expect, it } from '@jest/globals';
import { prefersOpenMetrics } from './metrics.controller';

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2';

describe('the format of the page of metrics', () => {
  it.each([
    ['Prometheus 2', prometheus2, true],
    ['Prometheus 3', prometheus3, true],
    ['a scraper that would rather have text', 'text/plain;q=0.9,application/openmetrics-text;q=0.4', false],
    ['one that refuses it', 'application/openmetrics-text;q=0', false],
    ['one that knows an earlier version alone', 'application/openmetrics-text;version=0.0.1', false],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', false],
    ['curl', '*/*', false],
    ['somebody who says nothing', undefined, false],
    ['nonsense', ',;q=,application/openmetrics-text;q=1.2.3', false],
  ])('for %s', (_who, accept, isOpenMetrics) => {
    expect(prefersOpenMetrics(accept)).toBe(isOpenMetrics);
  });
});
