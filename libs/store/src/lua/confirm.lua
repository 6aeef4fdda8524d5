-- Confirm: writes something, so that a WAIT behind it vouches for all that was written before.
--
-- KEYS:    1 where it is written (string)
-- ARGV:    1 now for people, ms
-- Output:  1
-- Effects: the string.
redis.call('SET', KEYS[1], ARGV[1])
return 1
