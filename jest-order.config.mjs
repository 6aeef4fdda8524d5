import { statSync } from 'node:fs';

/** Those that take longest, and those that start many programs: a worker grows with each file, and starting from a large one is slow. */
const first = [/\/drills\.test\.ts$/, /adversarial\.test\.ts$/, /\/(?:lint-rules|redis-pods)\./];

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
