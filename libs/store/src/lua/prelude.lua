-- Prelude: what the scripts of the run store share. It is put in front of each script when it is loaded.
--
-- KEYS:    none of its own; every key starts with `prefix`, whose hash tag keeps a script's keys in one slot.
-- ARGV:    none.
-- Output:  none.
-- Effects: none until a script calls these functions.
--
-- A run's hash holds one field `i:<item>` for each work item:
--   "open <epoch> <leaseUntilMs> <rings> <owner> <clean|begun>"   epoch: claims so far; leaseUntilMs 0: nobody holds it; owner "-": none
--   "closed <epoch> <version>"                      the epoch that closed it and the version that this made
-- where `begun` means that a holder may have begun the work, and `clean` that none has.
-- And `d:<item>`: what the item carries; `p:<item>`: the message that its holder is streaming; `n:<item>`: its last renewal.


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
  local epoch, untilMs, rings, owner, past = string.match(value, '^open (%d+) (%d+) (%d+) (%S+) (%S+)$')
  if epoch then
    return {
      isOpen = true, epoch = tonumber(epoch), untilMs = tonumber(untilMs), rings = tonumber(rings), owner = owner,
      past = past,
    }
  end
  local closedBy, version = string.match(value, '^closed (%d+) (%d+)$')
  return { isOpen = false, epoch = tonumber(closedBy), version = tonumber(version) }
end

local function writeItem(runKey, item, state)
  redis.call('HSET', runKey, 'i:' .. item,
    string.format('open %d %s %d %s %s', state.epoch, ms(state.untilMs), state.rings, state.owner, state.past))
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
  writeItem(runKey, item, { epoch = 0, untilMs = 0, rings = 0, owner = '-', past = 'clean' })
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

-- How many runs of the run's tenant are under way: its place in the line behind tenants with fewer.
local function placeOf(prefix, run)
  local tenant = redis.call('HGET', prefix .. 'run:' .. run, 'tenant')
  return tonumber(redis.call('HGET', prefix .. 'load', tenant) or '0')
end

-- Runs under way, by tenant and by tenant and agent. A run is counted from its first step to its end.
local function count(prefix, runKey, by)
  local fields = redis.call('HMGET', runKey, 'tenant', 'agent')
  redis.call('HINCRBY', prefix .. 'load', fields[1], by)
  redis.call('HINCRBY', prefix .. 'load', fields[1] .. '|' .. fields[2], by)
end

-- Whether the run's tenant, and its agent for this tenant, may have one more run under way. `caps`: "<tenant's> <agent's>", 0: none.
local function hasRoom(prefix, runKey)
  local fields = redis.call('HMGET', runKey, 'tenant', 'agent', 'caps')
  local ofTenant, ofAgent = string.match(fields[3] or '0 0', '^(%d+) (%d+)$')
  local load = redis.call('HMGET', prefix .. 'load', fields[1], fields[1] .. '|' .. fields[2])
  local function fits(cap, running) return cap == 0 or running < cap end
  return fits(tonumber(ofTenant), tonumber(load[1] or '0')) and fits(tonumber(ofAgent), tonumber(load[2] or '0'))
end

-- Puts an accepted run in motion: its first fact, its first step.
local function startRun(prefix, run, thread, accepted, dueMs)
  local runKey = prefix .. 'run:' .. run
  count(prefix, runKey, 1)
  local start = record(prefix, run, thread, accepted)
  redis.call('HSET', runKey, 'status', 'running', 'start', start)
  redis.call('HDEL', runKey, 'accepted')
  openItem(prefix, run, 'step:1', '', dueMs)
  return redis.call('HINCRBY', runKey, 'v', 1)
end

-- Gives the thread to an accepted run, until it ends. Where its tenant has no room, the run waits in the tenant's line.
-- Returns the version of a run that was started, else nil.
local function enter(prefix, run, thread, accepted, dueMs)
  local runKey = prefix .. 'run:' .. run
  redis.call('HSET', prefix .. 'thread:' .. thread, 'active', run)
  if hasRoom(prefix, runKey) then return startRun(prefix, run, thread, accepted, dueMs) end
  redis.call('HSET', runKey, 'accepted', accepted)
  redis.call('RPUSH', prefix .. 'line:' .. redis.call('HGET', runKey, 'tenant'), run)
  return nil
end

-- How far into a tenant's line is looked for a run whose agent has room.
local lineDepth = 64

-- Starts the first run in the tenant's line that has room. Returns the run and its version, or nil.
local function admit(prefix, tenant, dueMs)
  local line = prefix .. 'line:' .. tenant
  for _, run in ipairs(redis.call('LRANGE', line, 0, lineDepth - 1)) do
    local runKey = prefix .. 'run:' .. run
    if hasRoom(prefix, runKey) then
      redis.call('LREM', line, 1, run)
      local fields = redis.call('HMGET', runKey, 'thread', 'accepted')
      return run, startRun(prefix, run, fields[1], fields[2], dueMs)
    end
  end
  return nil
end

-- Carries out what a holder, or somebody with the newest version, has decided. `take` hands out the arguments that follow:
--   number of facts, then the facts (JSON); number of items to close, then their names; number of items to open, then item,
--   data and due time ("" or ms) of each; item to open when none is left open, or ""; parent run or "", parent's thread,
--   parent's item, parent's fact, parent's next item.
-- `change` holds prefix, run, at, graceMs, status, eventsKeptMs and the held item with its epoch, if there is one.
-- Returns the new version and the items to ring for as {run, item, v, place, run, item, v, place …}.
local function applyChange(change, take)
  local prefix, run, status = change.prefix, change.run, change.status
  local runKey = prefix .. 'run:' .. run
  local now = nowMs()
  local opened = {}
  local function open(ofRun, name, data, dueMs)
    openItem(prefix, ofRun, name, data, dueMs or (now + change.graceMs))
    if not dueMs then
      table.insert(opened, ofRun)
      table.insert(opened, name)
      table.insert(opened, tonumber(redis.call('HGET', prefix .. 'run:' .. ofRun, 'v')))
      table.insert(opened, placeOf(prefix, ofRun))
    end
  end

  local thread = redis.call('HGET', runKey, 'thread')
  local version = redis.call('HINCRBY', runKey, 'v', 1)
  redis.call('HSET', runKey, 'updated', change.at, 'status', status)
  local threadKey = prefix .. 'thread:' .. thread
  local isLeaving = status ~= 'running' and redis.call('HGET', threadKey, 'active') == run
  local wasStarted = isLeaving and redis.call('HEXISTS', runKey, 'start') == 1
  if wasStarted then count(prefix, runKey, -1) end
  for _ = 1, tonumber(take()) do record(prefix, run, thread, take()) end
  if change.item then closeItem(prefix, run, change.item, { epoch = change.epoch, version = version }) end
  for _ = 1, tonumber(take()) do
    local name = take()
    local state = readItem(runKey, name)
    if state and state.isOpen then closeItem(prefix, run, name, { epoch = state.epoch, version = version }) end
  end
  -- What would wait for a person in a run that was cancelled meanwhile is looked at at once.
  local isCancelled = redis.call('HEXISTS', runKey, 'cancel') == 1
  for _ = 1, tonumber(take()) do
    local name, data, dueMs = take(), take(), tonumber(take())
    open(run, name, data, dueMs and isCancelled and now or dueMs)
  end
  local nextItem = take()
  local left = tonumber(redis.call('HGET', runKey, 'open'))
  if left == 0 and nextItem ~= '' and status == 'running' then open(run, nextItem, '') end

  local parent = { run = take(), thread = take(), item = take(), fact = take(), nextItem = take() }
  if parent.run ~= '' then
    local parentKey = prefix .. 'run:' .. parent.run
    local call = readItem(parentKey, parent.item)
    if call and call.isOpen then
      local parentVersion = redis.call('HINCRBY', parentKey, 'v', 1)
      redis.call('HSET', parentKey, 'updated', change.at)
      record(prefix, parent.run, parent.thread, parent.fact)
      local parentLeft = closeItem(prefix, parent.run, parent.item, { epoch = call.epoch, version = parentVersion })
      if parentLeft == 0 then open(parent.run, parent.nextItem, '') end
    end
  end

  if status ~= 'running' then
    redis.call('PEXPIRE', prefix .. 'events:' .. run, change.eventsKeptMs)
    redis.call('HSET', threadKey, 'updated', change.at)
    if isLeaving then
      redis.call('HSET', threadKey, 'active', '')
      local function ring(started, startedVersion)
        table.insert(opened, started)
        table.insert(opened, 'step:1')
        table.insert(opened, startedVersion)
        table.insert(opened, placeOf(prefix, started))
      end
      local waiting = redis.call('LPOP', prefix .. 'waiting:' .. thread)
      if waiting then
        local accepted = redis.call('HGET', prefix .. 'run:' .. waiting, 'accepted')
        local entered = enter(prefix, waiting, thread, accepted, now + change.graceMs)
        if entered then ring(waiting, entered) end
      end
      if wasStarted then
        local tenant = redis.call('HGET', runKey, 'tenant')
        local admitted, admittedVersion = admit(prefix, tenant, now + change.graceMs)
        if admitted then ring(admitted, admittedVersion) end
      end
    end
  end
  return version, opened
end
