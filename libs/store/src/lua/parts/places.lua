-- Places: a tenant's place in the line behind tenants with fewer runs under way.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: none.
-- How many runs of a tenant are under way: its place in the line behind tenants with fewer.
local function placeOf(prefix, tenant)
  return tonumber(redis.call('HGET', prefix .. 'load', tenant) or '0')
end
