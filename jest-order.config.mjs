import { statSync } from 'node:fs';

/**
 * What goes first, in this order. A worker grows with each file, and starting programs from a large one is slow; what takes longest had
 * better not come last. Programs that take all they can (exhaustion) stand beside a test that only computes, and has time: whatever asks
 * something of a sandbox, or of other processes, would miss its limits beside them.
 */
const first = [/\/exhaustion\./, /\/lint-rules\./, /\/drills\./, /\/shell\/adversarial\./, /\/redis-pods\./];

function placeOf(path) {
  const found = first.findIndex((pattern) => pattern.test(path));
  return found === -1 ? first.length : found;
}

/** In which order Jest runs the files of tests: large ones early, for they tend to take long; nothing is remembered from one run to the next. */
export default class TestOrder {
  sort(tests) {
    const known = tests.map((test) => ({ test, place: placeOf(test.path), bytes: statSync(test.path).size }));
    known.sort((one, other) => one.place - other.place || other.bytes - one.bytes);
    return known.map(({ test }) => test);
  }

  shard(tests, { shardIndex, shardCount }) {
    return tests.filter((_test, index) => index % shardCount === shardIndex - 1);
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Times of runs elsewhere say nothing here.
  }
}
