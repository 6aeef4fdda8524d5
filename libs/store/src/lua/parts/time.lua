-- Time: what Redis says that it is, in ms.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: none.
local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
