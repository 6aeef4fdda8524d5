-- Prelude: what the scripts of the run store share. It is put in front of each script when it is loaded.
--
-- KEYS:    none of its own; every key starts with `prefix`, whose hash tag keeps a script's keys in one slot.
-- ARGV:    none.
-- Output:  none.
-- Effects: none until a script calls these functions.
--
-- A run's hash holds one field `i:<item>` for each work item:
--   "open <epoch> <leaseUntilMs> <rings> <owner>"   epoch: claims so far; leaseUntilMs 0: nobody holds it; owner "-": none
--   "closed <epoch> <version>"                      the epoch that closed it and the version that this made
-- and `d:<item>`: what the item carries; `p:<item>`: the message that its holder is streaming; `n:<item>`: its last renewal.


-- The live stream is what gateways follow. It is a window, not a store: what is large or was missed is read from the run's own stream.
local liveEvents, liveEventBytes = 20000, 2048

local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function ms(number)
  return string.format('%.0f', number)
end

local function readItem(runKey, item)
  local value = redis.call('HGET', runKey, 'i:' .. item)
  if not value then return nil end
  local epoch, untilMs, rings, owner = string.match(value, '^open (%d+) (%d+) (%d+) (.+)$')
  if epoch then
    return { isOpen = true, epoch = tonumber(epoch), untilMs = tonumber(untilMs), rings = tonumber(rings), owner = owner }
  end
  local closedBy, version = string.match(value, '^closed (%d+) (%d+)$')
  return { isOpen = false, epoch = tonumber(closedBy), version = tonumber(version) }
end

local function writeItem(runKey, item, state)
  redis.call('HSET', runKey, 'i:' .. item,
    string.format('open %d %s %d %s', state.epoch, ms(state.untilMs), state.rings, state.owner))
end

local function setDue(prefix, run, item, atMs)
  redis.call('ZADD', prefix .. 'due', ms(atMs), run .. '|' .. item)
end

local function emit(prefix, run, event)
  local seq = redis.call('HINCRBY', prefix .. 'run:' .. run, 'seq', 1)
  redis.call('XADD', prefix .. 'events:' .. run, seq .. '-0', 'e', event)
  if #event <= liveEventBytes then
    redis.call('XADD', prefix .. 'live', 'MAXLEN', '~', liveEvents, '*', 'r', run, 's', seq, 'e', event)
  else
    redis.call('XADD', prefix .. 'live', 'MAXLEN', '~', liveEvents, '*', 'r', run, 's', seq)
  end
  return seq
end

-- Appends a fact to the thread's journal and shows it to the run's watchers. Returns its position, from 1.
local function record(prefix, run, thread, fact)
  local position = redis.call('RPUSH', prefix .. 'journal:' .. thread, fact)
  emit(prefix, run, '{"type":"fact","position":' .. position .. ',"fact":' .. fact .. '}')
  return position
end

local function openItem(prefix, run, item, data, dueMs)
  local runKey = prefix .. 'run:' .. run
  writeItem(runKey, item, { epoch = 0, untilMs = 0, rings = 0, owner = '-' })
  if data ~= '' then redis.call('HSET', runKey, 'd:' .. item, data) end
  redis.call('HINCRBY', runKey, 'open', 1)
  setDue(prefix, run, item, dueMs)
end

-- Returns how many items of the run are still open.
local function closeItem(prefix, run, item, closing)
  local runKey = prefix .. 'run:' .. run
  redis.call('HSET', runKey, 'i:' .. item, string.format('closed %d %d', closing.epoch, closing.version))
  redis.call('HDEL', runKey, 'd:' .. item, 'p:' .. item, 'n:' .. item)
  redis.call('ZREM', prefix .. 'due', run .. '|' .. item)
  return redis.call('HINCRBY', runKey, 'open', -1)
end

-- Puts an accepted run in motion: its first fact, its first step. The thread is its own until it ends.
local function startRun(prefix, run, thread, accepted, dueMs)
  local runKey = prefix .. 'run:' .. run
  redis.call('HSET', prefix .. 'thread:' .. thread, 'active', run)
  local start = record(prefix, run, thread, accepted)
  redis.call('HSET', runKey, 'status', 'running', 'start', start)
  openItem(prefix, run, 'step:1', '', dueMs)
  return redis.call('HINCRBY', runKey, 'v', 1)
end
