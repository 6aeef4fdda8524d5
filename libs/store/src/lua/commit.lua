-- Commit: closes a claimed item with what came of it and opens what follows, all or nothing.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 now for people, ms  6 grace before the sweeper rings, ms
--          7 status: `running`, or how the run ended  8 how long an ended run's events are kept, ms
--          9 number of facts, then the facts (JSON)
--          then: number of items to open, then item and data of each
--          then: item to open when none is left open, or ""
--          then: parent run or "", parent's thread, parent's item, parent's fact, parent's next item
-- Output:  {"committed", v, {run, item, v of each item opened …}} | {"repeated", v} | {"lost"}
-- Effects: journal, events, items, due; version + 1. An ended run frees its thread for the next waiting run and answers its
--          parent's call. The same commit sent again writes `touched` and changes nothing else.
local prefix, run, item, epoch, at = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local graceMs, status = tonumber(ARGV[6]), ARGV[7]
local cursor = 8

local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end

local state = readItem(KEYS[1], item)
if not state or state.epoch ~= epoch then return { 'lost' } end
if not state.isOpen then
  redis.call('HSET', KEYS[1], 'touched', at)
  return { 'repeated', state.version }
end

local now = nowMs()
local opened = {}
local function open(ofRun, name, data)
  openItem(prefix, ofRun, name, data, now + graceMs)
  table.insert(opened, ofRun)
  table.insert(opened, name)
  table.insert(opened, tonumber(redis.call('HGET', prefix .. 'run:' .. ofRun, 'v')))
end

local thread = redis.call('HGET', KEYS[1], 'thread')
local version = redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HSET', KEYS[1], 'updated', at, 'status', status)
for _ = 1, tonumber(take()) do record(prefix, run, thread, take()) end
local left = closeItem(prefix, run, item, { epoch = epoch, version = version })
for _ = 1, tonumber(take()) do
  local name = take()
  open(run, name, take())
  left = left + 1
end
local nextItem = take()
if left == 0 and nextItem ~= '' then open(run, nextItem, '') end

local parent = { run = take(), thread = take(), item = take(), fact = take(), nextItem = take() }
if parent.run ~= '' then
  local parentKey = prefix .. 'run:' .. parent.run
  local call = readItem(parentKey, parent.item)
  if call and call.isOpen then
    local parentVersion = redis.call('HINCRBY', parentKey, 'v', 1)
    redis.call('HSET', parentKey, 'updated', at)
    record(prefix, parent.run, parent.thread, parent.fact)
    local parentLeft = closeItem(prefix, parent.run, parent.item, { epoch = call.epoch, version = parentVersion })
    if parentLeft == 0 then open(parent.run, parent.nextItem, '') end
  end
end

if status ~= 'running' then
  redis.call('PEXPIRE', prefix .. 'events:' .. run, ARGV[8])
  local threadKey = prefix .. 'thread:' .. thread
  redis.call('HSET', threadKey, 'updated', at, 'active', '')
  local waiting = redis.call('LPOP', prefix .. 'waiting:' .. thread)
  if waiting then
    local waitingKey = prefix .. 'run:' .. waiting
    local accepted = redis.call('HGET', waitingKey, 'accepted')
    redis.call('HDEL', waitingKey, 'accepted')
    local started = startRun(prefix, waiting, thread, accepted, now + graceMs)
    table.insert(opened, waiting)
    table.insert(opened, 'step:1')
    table.insert(opened, started)
  end
end
return { 'committed', version, opened }
