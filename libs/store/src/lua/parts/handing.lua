-- Handing: opened items of a run, given with their lease to a worker that is there, so that it need not claim them.
--
-- KEYS:    none of its own; the worker's channel is named by whoever picked the worker.
-- ARGV:    none.
-- Output:  none.
-- Effects: one message to the worker: contract 2 of a knock (contracts, doorbell.ts).
-- Needs:   runs
-- What is larger is claimed: a subscriber that falls behind has little room at the server.
local largestHanding = 65536

-- A worker's door as the caller names it: "<channel> <worker> <lease, ms>", or "" where none has room.
local function doorOf(text)
  local channel, worker, leaseMs = string.match(text or '', '^(%S+) (%S+) (%d+)$')
  return channel and { channel = channel, worker = worker, leaseMs = tonumber(leaseMs) }
end

-- The thread's journal. `last`: where the facts that were `recorded` just now end, if that is known: they may be all.
local function journalOf(run, last, recorded)
  if last and last == #recorded then return recorded end
  return redis.call('LRANGE', run.prefix .. 'journal:' .. run.thread, 0, -1)
end

local function isTooLarge(items, journal)
  local bytes = 0
  for _, one in ipairs(items) do bytes = bytes + #one.data end
  for _, fact in ipairs(journal) do bytes = bytes + #fact end
  return bytes > largestHanding
end

-- Hands the items, as {item, data}, to the worker behind the door, with the journal if their work needs it. Returns the lease that they are to be
-- opened with, or nil where nobody hears: they are to be rung for. Epoch 1 may be given out twice, by two masters of which one is lost: the
-- owner's name tells them apart.
local function handOver(run, items, door, journal, now)
  if run.isCancelled or isTooLarge(items, journal) then return nil end
  local lease = { owner = door.worker .. '#' .. digits(now) .. '.' .. digits(run.v), untilMs = now + door.leaseMs }
  local parts = {}
  for index, one in ipairs(items) do
    parts[index] = '{"item":"' .. one.item .. '","data":' .. cjson.encode(one.data) .. '}'
  end
  local about = cjson.encode({
    run = run.id, v = run.v, owner = lease.owner, thread = run.thread, tenant = run.tenant,
    digest = run.digest,
  })
  local heardBy = redis.call('PUBLISH', door.channel, '{"c":2,"of":' .. about .. ',"items":[' .. table.concat(parts, ',')
    .. '],"journal":[' .. table.concat(journal, ',') .. ']}')
  return heardBy > 0 and lease or nil
end
