-- Hide: takes a run out of what its client is shown. What was said stays in the journal, for what continued it.
--
-- KEYS:    1 run hash
-- ARGV:    1 now for people, ms
-- Output:  "hidden" | "missing"
-- Effects: run hash. A repeat writes the same field, so that a WAIT behind it has something to wait for.
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('HSET', KEYS[1], 'hidden', ARGV[1])
return 'hidden'
