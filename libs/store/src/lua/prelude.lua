-- Prelude: what the scripts of the run store share. It is put in front of each script when it is loaded.
--
-- KEYS:    none of its own; every key starts with `prefix`, whose hash tag keeps a script's keys in one slot.
-- ARGV:    none.
-- Output:  none.
-- Effects: none until a script calls these functions.
--
-- A script reads what it needs of a run at once (loadRun), changes it in memory, and writes it at once (saveRun): each call into Redis
-- costs more than what it does.
--
-- A run's hash holds one field `i:<item>` for each work item:
--   "open <epoch> <leaseUntilMs> <rings> <owner> <clean|begun>"   epoch: claims so far; leaseUntilMs 0: nobody holds it; owner "-": none
--   "closed <epoch> <version>"                      the epoch that closed it and the version that this made
-- where `begun` means that a holder may have begun the work, and `clean` that none has.
-- And `d:<item>`: what the item carries; `p:<item>`: the message that its holder is streaming; `n:<item>`: its last renewal;
-- `r:<item>`: that its holder has reserved money (ledger.lua).
--
-- One entry of a stream of events holds all that one script had to tell. In `events:<run>` its id is the sequence of its last event;
-- in `live` it says the run (r) and the sequence of its first (s).

-- The live stream is what gateways follow. It is a window, not a store: what is large (here: empty) or was missed is read from the run's own.
local liveEntries, liveEventBytes = 20000, 2048

local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function ms(number)
  return string.format('%.0f', number)
end

-- Puts a thread where its tenant looks for threads, by the time of its creation.
local function listThread(prefix, tenant, thread, createdMs, labels)
  redis.call('ZADD', prefix .. 'threads:' .. tenant, createdMs, thread)
  for _, label in ipairs(labels) do
    redis.call('ZADD', prefix .. 'label:' .. tenant .. ':' .. label, createdMs, thread)
  end
end

local function parseItem(value)
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

local function formatItem(state)
  return string.format('open %d %s %d %s %s', state.epoch, ms(state.untilMs), state.rings, state.owner, state.past)
end

local function append(list, ...)
  for index = 1, select('#', ...) do list[#list + 1] = (select(index, ...)) end
end

-- What a script has to write of a run, besides what it counts.
local function newRun(prefix, id)
  return {
    prefix = prefix, id = id, key = prefix .. 'run:' .. id, v = 0, seq = 0, open = 0, set = {}, del = {}, events = {}, due = {},
    undue = {}, items = {}, hasHold = {}, wasRenewed = {}, told = {},
  }
end

-- The run with the state of the named items. Returns nil if there is none.
local function loadRun(prefix, id, itemNames)
  local run = newRun(prefix, id)
  local names = { 'v', 'seq', 'open', 'thread', 'tenant', 'agent', 'status', 'cancel', 'start', 'after' }
  local first = #names
  for _, name in ipairs(itemNames) do append(names, 'i:' .. name, 'r:' .. name, 'n:' .. name) end
  local fields = redis.call('HMGET', run.key, unpack(names))
  if not fields[1] then return nil end
  run.v, run.seq, run.open = tonumber(fields[1]), tonumber(fields[2]), tonumber(fields[3])
  run.thread, run.tenant, run.agent, run.status = fields[4], fields[5], fields[6], fields[7]
  run.isCancelled, run.isStarted = fields[8] and true or false, fields[9] and true or false
  run.hasAfter = fields[10] and true or false
  for index, name in ipairs(itemNames) do
    local place = first + 3 * index - 2
    run.items[name], run.hasHold[name] = parseItem(fields[place]), fields[place + 1] and true or nil
    run.wasRenewed[name] = fields[place + 2] and true or nil
  end
  return run
end

local function saveRun(run)
  append(run.set, 'v', run.v, 'seq', run.seq, 'open', run.open)
  redis.call('HSET', run.key, unpack(run.set))
  if #run.del > 0 then redis.call('HDEL', run.key, unpack(run.del)) end
  if #run.due > 0 then redis.call('ZADD', run.prefix .. 'due', unpack(run.due)) end
  if #run.undue > 0 then redis.call('ZREM', run.prefix .. 'due', unpack(run.undue)) end
  if #run.events > 0 then
    local own, live = {}, { 'r', run.id, 's', run.seq - #run.events + 1 }
    for _, event in ipairs(run.events) do
      append(own, 'e', event)
      append(live, 'e', #event <= liveEventBytes and event or '')
    end
    redis.call('XADD', run.prefix .. 'events:' .. run.id, run.seq .. '-0', unpack(own))
    redis.call('XADD', run.prefix .. 'live', 'MAXLEN', '~', liveEntries, '*', unpack(live))
  end
end

local function emit(run, event)
  run.seq = run.seq + 1
  append(run.events, event)
end

-- Appends facts to the thread's journal and shows them to the run's watchers. Returns the position of the last, from 1.
local function record(run, facts)
  if #facts == 0 then return nil end
  local last = redis.call('RPUSH', run.prefix .. 'journal:' .. run.thread, unpack(facts))
  for index, fact in ipairs(facts) do
    emit(run, '{"type":"fact","position":' .. (last - #facts + index) .. ',"fact":' .. fact .. '}')
  end
  return last
end

local function openItem(run, item, data, dueMs)
  local state = { isOpen = true, epoch = 0, untilMs = 0, rings = 0, owner = '-', past = 'clean' }
  run.items[item] = state
  run.open = run.open + 1
  append(run.set, 'i:' .. item, formatItem(state))
  if data ~= '' then append(run.set, 'd:' .. item, data) end
  append(run.due, ms(dueMs), run.id .. '|' .. item)
end

-- What a step carries is nothing, and only what was renewed has streamed: what is not there need not be deleted. What is still held for
-- the item is settled: by what its holder says in the change; where somebody else closes it, as lost.
local function closeItem(run, item, isByHolder, spent)
  local epoch = run.items[item].epoch
  run.items[item] = { isOpen = false, epoch = epoch, version = run.v }
  run.open = run.open - 1
  append(run.set, 'i:' .. item, string.format('closed %d %d', epoch, run.v))
  if string.sub(item, 1, 5) ~= 'step:' then append(run.del, 'd:' .. item) end
  if run.wasRenewed[item] then append(run.del, 'p:' .. item, 'n:' .. item) end
  if run.hasHold[item] then
    append(run.del, 'r:' .. item)
    local member = run.id .. '|' .. item
    if isByHolder then
      settleHold(run.prefix, member, spent, run.told)
    else
      settleLost(run.prefix, member, true, nowMs(), run.told)
    end
  end
  append(run.undue, run.id .. '|' .. item)
end

-- How many runs of a tenant are under way: its place in the line behind tenants with fewer.
local function placeOf(prefix, tenant)
  return tonumber(redis.call('HGET', prefix .. 'load', tenant) or '0')
end

-- Runs under way, by tenant and by tenant and agent. A run is counted from its first step to its end.
local function count(run, by)
  redis.call('HINCRBY', run.prefix .. 'load', run.tenant, by)
  redis.call('HINCRBY', run.prefix .. 'load', run.tenant .. '|' .. run.agent, by)
end

-- Whether the run's tenant, and its agent for this tenant, may have one more run under way. `caps`: "<tenant's> <agent's>", 0: none.
local function hasRoom(run, caps)
  local ofTenant, ofAgent = string.match(caps or '0 0', '^(%d+) (%d+)$')
  ofTenant, ofAgent = tonumber(ofTenant), tonumber(ofAgent)
  if ofTenant == 0 and ofAgent == 0 then return true end
  local load = redis.call('HMGET', run.prefix .. 'load', run.tenant, run.tenant .. '|' .. run.agent)
  local function fits(cap, running) return cap == 0 or running < cap end
  return fits(ofTenant, tonumber(load[1] or '0')) and fits(ofAgent, tonumber(load[2] or '0'))
end

-- Puts an accepted run in motion: its first fact, its first step. The caller saves it.
local function startRun(run, accepted, dueMs)
  count(run, 1)
  append(run.set, 'status', 'running', 'start', record(run, { accepted }))
  openItem(run, 'step:1', '', dueMs)
  run.v = run.v + 1
end

-- Gives the thread to an accepted run, until it ends. Where its tenant has no room, the run waits in the tenant's line.
-- Returns whether the run was started. The caller saves it.
local function enter(run, accepted, caps, dueMs)
  redis.call('HSET', run.prefix .. 'thread:' .. run.thread, 'active', run.id)
  if hasRoom(run, caps) then
    startRun(run, accepted, dueMs)
    return true
  end
  append(run.set, 'accepted', accepted)
  redis.call('RPUSH', run.prefix .. 'line:' .. run.tenant, run.id)
  return false
end

-- How far into a tenant's line is looked for a run whose agent has room.
local lineDepth = 64

-- Starts the first run in the tenant's line that has room, and saves it. Returns it, or nil.
local function admit(prefix, tenant, dueMs)
  local line = prefix .. 'line:' .. tenant
  for _, id in ipairs(redis.call('LRANGE', line, 0, lineDepth - 1)) do
    local run = loadRun(prefix, id, {})
    local fields = redis.call('HMGET', run.key, 'accepted', 'caps')
    if hasRoom(run, fields[2]) then
      redis.call('LREM', line, 1, id)
      append(run.del, 'accepted')
      startRun(run, fields[1], dueMs)
      saveRun(run)
      return run
    end
  end
  return nil
end

-- What applyChange carries out. `take` hands out the arguments, one after the other:
--   number of facts, then the facts (JSON); number of items to close, then their names; number of items to open, then item,
--   data and due time ("" or ms) of each; item to open when none is left open, or ""; parent run or "", parent's thread,
--   parent's item, parent's fact, parent's next item; number of events to show before the facts, then the events (JSON); what the
--   held item's call of a model came to (JSON: agent, model, input, output, nano, lost; or ""); what an account is granted (JSON: account,
--   tokens, nano; or "").
local function readChange(take)
  local function list()
    local taken = {}
    for index = 1, tonumber(take()) do taken[index] = take() end
    return taken
  end
  local change = { facts = list(), close = list(), open = {} }
  for index = 1, tonumber(take()) do
    change.open[index] = { item = take(), data = take(), dueMs = tonumber(take()) }
  end
  change.nextItem = take()
  change.parent = { run = take(), thread = take(), item = take(), fact = take(), nextItem = take() }
  change.events = list()
  local spent, grant = take(), take()
  if spent ~= '' then change.spent = cjson.decode(spent) end
  if grant ~= '' then change.grant = cjson.decode(grant) end
  return change
end

-- Which items of the run a change touches, besides the held one.
local function touchedItems(change, held)
  local names = { unpack(change.close) }
  if held then append(names, held) end
  return names
end

-- Carries out what a holder, or somebody with the newest version, has decided, and saves the run.
-- `how` holds at, graceMs, status, eventsKeptMs and the name of the held item, if there is one.
-- Returns the new version, the items to ring for as {run, item, v, place, run, item, v, place …}, and the warnings of budgets (JSON each).
local function applyChange(run, change, how)
  local prefix, status, now = run.prefix, how.status, nowMs()
  local threadKey = prefix .. 'thread:' .. run.thread
  local isEnding = status ~= 'running'
  local opened = {}
  local function ring(ofRun, item)
    append(opened, ofRun.id, item, ofRun.v, placeOf(prefix, ofRun.tenant))
  end
  local function open(ofRun, item, data, dueMs)
    openItem(ofRun, item, data, dueMs or (now + how.graceMs))
    if not dueMs then ring(ofRun, item) end
  end

  run.v = run.v + 1
  append(run.set, 'updated', how.at, 'status', status)
  local isLeaving = isEnding and redis.call('HGET', threadKey, 'active') == run.id
  local wasStarted = isLeaving and run.isStarted
  if wasStarted then count(run, -1) end
  for _, event in ipairs(change.events) do emit(run, event) end
  record(run, change.facts)
  local spent = change.spent
  if spent then
    local lostU, lostT = 0, 0
    if run.hasHold[how.held] and spent.lost > 0 then
      local hold = cjson.decode(redis.call('HGET', prefix .. 'holds', run.id .. '|' .. how.held) or '{"u":"0","t":"0"}')
      lostU, lostT = tonumber(hold.u) * spent.lost, tonumber(hold.t) * spent.lost
    end
    noteSpending(prefix, now, {
      tenant = run.tenant, agent = spent.agent, model = spent.model, calls = spent.model ~= '' and 1 or 0, input = spent.input,
      output = spent.output, nano = spent.nano, lost = spent.lost, lostTokens = lostT, lostNano = lostU,
      cached = spent.cached,
    })
  end
  if change.grant then
    -- An account that is gone has had its period, and a new one would never end.
    local key = prefix .. change.grant.account
    if redis.call('EXISTS', key) == 1 then
      redis.call('HINCRBY', key, 'mu', whole(change.grant.nano))
      redis.call('HINCRBY', key, 'mt', whole(change.grant.tokens))
    end
  end
  if how.held then closeItem(run, how.held, true, spent) end
  for _, name in ipairs(change.close) do
    if run.items[name] and run.items[name].isOpen then closeItem(run, name) end
  end
  for _, one in ipairs(change.open) do
    -- What would wait for a person in a run that was cancelled meanwhile is looked at at once.
    open(run, one.item, one.data, one.dueMs and run.isCancelled and now or one.dueMs)
  end
  if run.open == 0 and change.nextItem ~= '' and not isEnding then open(run, change.nextItem, '') end
  saveRun(run)

  local answer = change.parent
  local parent = answer.run ~= '' and loadRun(prefix, answer.run, { answer.item })
  local call = parent and parent.items[answer.item]
  if call and call.isOpen then
    parent.v = parent.v + 1
    append(parent.set, 'updated', how.at)
    parent.thread = answer.thread
    record(parent, { answer.fact })
    closeItem(parent, answer.item)
    for _, warning in ipairs(parent.told) do append(run.told, warning) end
    if parent.open == 0 then open(parent, answer.nextItem, '') end
    saveRun(parent)
  end

  if isEnding then
    if run.hasAfter then redis.call('ZADD', prefix .. 'after', 0, run.id) end
    redis.call('PEXPIRE', prefix .. 'events:' .. run.id, how.eventsKeptMs)
    if not isLeaving then
      redis.call('HSET', threadKey, 'updated', how.at)
    else
      redis.call('HSET', threadKey, 'updated', how.at, 'active', '')
      local waiting = redis.call('LPOP', prefix .. 'waiting:' .. run.thread)
      if waiting then
        local nextRun = loadRun(prefix, waiting, {})
        local fields = redis.call('HMGET', nextRun.key, 'accepted', 'caps')
        if enter(nextRun, fields[1], fields[2], now + how.graceMs) then
          append(nextRun.del, 'accepted')
          ring(nextRun, 'step:1')
        end
        saveRun(nextRun)
      end
      if wasStarted then
        local admitted = admit(prefix, run.tenant, now + how.graceMs)
        if admitted then ring(admitted, 'step:1') end
      end
    end
  end
  return run.v, opened, run.told
end
