-- Pins, see: notes what an MCP server offers now, and keeps what was not approved apart from what was.
--
-- A field `approved:<tool>` or `pending:<tool>` holds "<digest> <at, ms> <by> <definition, JSON>".
--
-- KEYS:    1 the server's pins (hash)  2 versions of what operators control (hash)
-- ARGV:    1 "first-sight": what is offered while there are no pins counts as approved | "by-hand"  2 now, ms
--          then for each tool: its name, the digest and the JSON of its definition
-- Output:  1: something was changed | 0
-- Effects: approved fields, at first sight only; pending fields are what is offered now and not approved, and no others; the version,
--          when something was changed. Each call writes `touched`.
redis.call('HSET', KEYS[2], 'touched', ARGV[2])
local pins = redis.call('HGETALL', KEYS[1])
local known, changed = {}, 0
for index = 1, #pins, 2 do known[pins[index]] = pins[index + 1] end
local kindOfNew = (#pins == 0 and ARGV[1] == 'first-sight') and 'approved:' or 'pending:'
local function isOf(value, digest) return value and string.match(value, '^%S+') == digest end

local awaited = {}
for index = 3, #ARGV, 3 do
  local name, digest, definition = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local approved, pending = known['approved:' .. name], known['pending:' .. name]
  if not isOf(approved, digest) then
    local field = approved and 'pending:' .. name or kindOfNew .. name
    awaited[field] = true
    if not isOf(pending, digest) then
      redis.call('HSET', KEYS[1], field, digest .. ' ' .. ARGV[2] .. ' first-sight ' .. definition)
      changed = 1
    end
  end
end
for field in pairs(known) do
  if string.sub(field, 1, 8) == 'pending:' and not awaited[field] then
    redis.call('HDEL', KEYS[1], field)
    changed = 1
  end
end
if changed == 1 then redis.call('HINCRBY', KEYS[2], 'pins', 1) end
return changed
