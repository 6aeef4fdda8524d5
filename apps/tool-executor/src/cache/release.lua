-- Release: ends a claim, if it is still the owner's.
--
-- KEYS:    1 claim
-- ARGV:    1 owner
-- Output:  1 if it was the owner's, else 0
-- Effects: the claim is gone
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
