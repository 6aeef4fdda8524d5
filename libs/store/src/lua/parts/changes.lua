-- Changes: what was decided about a run, carried out.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: as the scripts say that apply one.
-- Needs:   starts, places, spendings, ledger
-- What a step carries is nothing, and only what was renewed has streamed: what is not there need not be deleted. What is still held for
-- the item is settled: by what its holder says in the change; where somebody else closes it, as lost.
local function closeItem(run, item, isByHolder, spent)
  local epoch = run.items[item].epoch
  run.items[item] = { isOpen = false, epoch = epoch, version = run.v }
  run.open = run.open - 1
  put(run.set, 'i:' .. item, string.format('closed %d %d', epoch, run.v))
  if string.sub(item, 1, 5) ~= 'step:' then add(run.del, 'd:' .. item) end
  if run.wasRenewed[item] then put(run.del, 'p:' .. item, 'n:' .. item) end
  if run.hasHold[item] then
    add(run.del, 'r:' .. item)
    local member = run.id .. '|' .. item
    if isByHolder then
      ledger().settleHold(run.prefix, member, spent, run.told)
    else
      ledger().settleLost(run.prefix, member, true, nowMs(), run.told)
    end
  end
  add(run.undue, run.id .. '|' .. item)
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
      add(run.del, 'accepted')
      startRun(run, fields[1], dueMs)
      saveRun(run)
      return run
    end
  end
  return nil
end

-- What applyChange carries out. `take` hands out the arguments, one after the other:
--   number of facts, then the facts (JSON); number of items to close, then their names; number of items to open, then item,
--   data, due time ("" or ms) and `hand` (a call that may be made again) or "" of each; item to open when none is left open, or ""; parent run or "", parent's thread,
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
    change.open[index] = { item = take(), data = take(), dueMs = tonumber(take()), mayBeHanded = take() == 'hand' }
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
  if held then add(names, held) end
  return names
end

-- Carries out what a holder, or somebody with the newest version, has decided, and saves the run.
-- `how` holds at, graceMs, status, eventsKeptMs and the name of the held item, if there is one; and, if there are any, the doors of
-- workers for the next step and for calls. Returns the new version, the items to ring for as {run, item, v, place, run, item, v, place …},
-- the warnings of budgets (JSON each), and whether the next step was handed over.
local function applyChange(run, change, how)
  local prefix, status, now = run.prefix, how.status, nowMs()
  local threadKey = prefix .. 'thread:' .. run.thread
  local isEnding = status ~= 'running'
  local opened = {}
  local function ring(ofRun, item)
    put(opened, ofRun.id, item)
    put(opened, ofRun.v, placeOf(prefix, ofRun.tenant))
  end
  local function open(ofRun, item, data, dueMs)
    openItem(ofRun, item, data, dueMs or (now + how.graceMs))
    if not dueMs then ring(ofRun, item) end
  end
  -- All items to one worker, or none: they are picked for together.
  local function handOrOpen(items, door, journal)
    local lease = door and #items > 0 and handOver(run, items, door, journal, now)
    for _, one in ipairs(items) do
      if lease then openItem(run, one.item, one.data, nil, lease) else open(run, one.item, one.data) end
    end
    return lease and true or false
  end

  run.v = run.v + 1
  put(run.set, 'updated', how.at)
  put(run.set, 'status', status)
  local isLeaving = isEnding and redis.call('HGET', threadKey, 'active') == run.id
  local wasStarted = isLeaving and run.isStarted
  if wasStarted then count(run, -1) end
  for _, event in ipairs(change.events) do emit(run, event) end
  record(run, change.facts)
  local spent = change.spent
  if spent then
    local lostU, lostT = 0, 0
    if run.hasHold[how.held] and spent.lost > 0 then
      local hold = cjson.decode(redis.call('HGET', prefix .. 'holds', run.id .. '|' .. how.held) or '{}')
      lostU, lostT = ledger().lostBy(hold, spent.lost)
    end
    noteSpending(prefix, now, {
      tenant = run.tenant, agent = spent.agent, model = spent.model, calls = spent.model ~= '' and 1 or 0, input = spent.input,
      output = spent.output, nano = spent.nano, lost = spent.lost, lostTokens = lostT, lostNano = lostU,
      cached = spent.cached, cachedInput = spent.cachedInput,
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
  local toHand = {}
  for _, one in ipairs(change.open) do
    if one.mayBeHanded then
      add(toHand, one)
    else
      -- What would wait for a person in a run that was cancelled meanwhile is looked at at once.
      open(run, one.item, one.data, one.dueMs and run.isCancelled and now or one.dueMs)
    end
  end
  handOrOpen(toHand, how.callDoor, {})
  local isStepHanded = false
  if run.open == 0 and change.nextItem ~= '' and not isEnding then
    isStepHanded = handOrOpen({ { item = change.nextItem, data = '' } }, how.stepDoor, how.stepDoor and journalOf(run))
  end
  saveRun(run)

  local answer = change.parent
  local parent = answer.run ~= '' and loadRun(prefix, answer.run, { answer.item })
  local call = parent and parent.items[answer.item]
  if call and call.isOpen then
    parent.v = parent.v + 1
    put(parent.set, 'updated', how.at)
    parent.thread = answer.thread
    record(parent, { answer.fact })
    closeItem(parent, answer.item)
    for _, warning in ipairs(parent.told) do add(run.told, warning) end
    if parent.open == 0 then open(parent, answer.nextItem, '') end
    saveRun(parent)
  end

  if isEnding then
    if run.hasAfter then redis.call('ZADD', prefix .. 'after', 0, run.id) end
    redis.call('PEXPIRE', prefix .. 'events:' .. run.id, how.eventsKeptMs)
    if not isLeaving then
      redis.call('HSET', threadKey, 'updated', how.at)
    else
      local waiting = redis.call('LPOP', prefix .. 'waiting:' .. run.thread)
      redis.call('HSET', threadKey, 'updated', how.at, 'active', waiting or '')
      if waiting then
        local nextRun = loadRun(prefix, waiting, {})
        local fields = redis.call('HMGET', nextRun.key, 'accepted', 'caps')
        if enter(nextRun, fields[1], fields[2], now + how.graceMs) then
          add(nextRun.del, 'accepted')
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
  return run.v, opened, run.told, isStepHanded
end
