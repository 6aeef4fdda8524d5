-- Runs: a run read at once, changed in memory, and written at once: each call into Redis costs more than what it does.
--
-- KEYS:    none of its own; every key starts with `prefix`, whose hash tag keeps a script's keys in one slot.
-- ARGV:    none.
-- Output:  none.
-- Effects: saveRun writes what was set, and shows the events; record appends to the journal at once.
-- Needs:   time, numbers, items
--
-- A run's hash holds one field `i:<item>` for each work item (items.lua).
-- And `d:<item>`: what the item carries; `p:<item>`: the message that its holder is streaming; `n:<item>`: its last renewal;
-- `r:<item>`: that its holder has reserved money (ledger.lua).
--
-- One entry of a stream of events holds all that one script had to tell. In `events:<run>` its id is the sequence of its last event;
-- in `live` it says the run (r) and the sequence of its first (s).

-- The live stream is what gateways follow. It is a window, not a store: what is large (here: empty) or was missed is read from the run's own.
local liveEntries, liveEventBytes = 20000, 2048

local function add(list, one)
  list[#list + 1] = one
end

local function put(list, field, value)
  local last = #list
  list[last + 1], list[last + 2] = field, value
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
  local names = { 'v', 'seq', 'open', 'thread', 'tenant', 'agent', 'status', 'cancel', 'start', 'after', 'digest' }
  local first = #names
  for index, name in ipairs(itemNames) do
    local place = first + 3 * index - 2
    names[place], names[place + 1], names[place + 2] = 'i:' .. name, 'r:' .. name, 'n:' .. name
  end
  local fields = redis.call('HMGET', run.key, unpack(names))
  if not fields[1] then return nil end
  run.v, run.seq, run.open = tonumber(fields[1]), tonumber(fields[2]), tonumber(fields[3])
  run.thread, run.tenant, run.agent, run.status = fields[4], fields[5], fields[6], fields[7]
  run.isCancelled, run.isStarted = fields[8] and true or false, fields[9] and true or false
  run.hasAfter, run.digest = fields[10] and true or false, fields[11]
  for index, name in ipairs(itemNames) do
    local place = first + 3 * index - 2
    run.items[name], run.hasHold[name] = parseItem(fields[place]), fields[place + 1] and true or nil
    run.wasRenewed[name] = fields[place + 2] and true or nil
  end
  return run
end

local function saveRun(run)
  local seq = digits(run.seq)
  redis.call('HSET', run.key, 'v', digits(run.v), 'seq', seq, 'open', digits(run.open), unpack(run.set))
  if #run.del > 0 then redis.call('HDEL', run.key, unpack(run.del)) end
  if #run.due > 0 then redis.call('ZADD', run.prefix .. 'due', unpack(run.due)) end
  if #run.undue > 0 then redis.call('ZREM', run.prefix .. 'due', unpack(run.undue)) end
  if #run.events > 0 then
    local own, live = {}, { 'r', run.id, 's', digits(run.seq - #run.events + 1) }
    for _, event in ipairs(run.events) do
      put(own, 'e', event)
      put(live, 'e', #event <= liveEventBytes and event or '')
    end
    redis.call('XADD', run.prefix .. 'events:' .. run.id, seq .. '-0', unpack(own))
    redis.call('XADD', run.prefix .. 'live', 'MAXLEN', '~', liveEntries, '*', unpack(live))
  end
end

local function emit(run, event)
  run.seq = run.seq + 1
  add(run.events, event)
end

-- Appends facts to the thread's journal and shows them to the run's watchers. Returns the position of the last, from 1.
local function record(run, facts)
  if #facts == 0 then return nil end
  local last = redis.call('RPUSH', run.prefix .. 'journal:' .. run.thread, unpack(facts))
  for index, fact in ipairs(facts) do
    emit(run, '{"type":"fact","position":' .. digits(last - #facts + index) .. ',"fact":' .. fact .. '}')
  end
  return last
end
