-- Starts: how an accepted run is put in motion, if there is room.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: none until the caller saves the run, but for the counts of runs under way and the lines.
-- Needs:   runs, handing
-- `lease`: of the worker that it was handed to, or nil.
local function openItem(run, item, data, dueMs, lease)
  local state = { isOpen = true, epoch = 0, untilMs = 0, rings = 0, owner = '-', past = 'clean' }
  if lease then state.epoch, state.untilMs, state.owner, dueMs = 1, lease.untilMs, lease.owner, lease.untilMs end
  run.items[item] = state
  run.open = run.open + 1
  put(run.set, 'i:' .. item, formatItem(state))
  if data ~= '' then put(run.set, 'd:' .. item, data) end
  put(run.due, digits(dueMs), run.id .. '|' .. item)
end

-- Runs under way, by tenant and by tenant and agent. A run is counted from its first step to its end. Returns the tenant's.
local function count(run, by)
  redis.call('HINCRBY', run.prefix .. 'load', run.tenant .. '|' .. run.agent, by)
  return redis.call('HINCRBY', run.prefix .. 'load', run.tenant, by)
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

-- Puts an accepted run in motion: its first fact, its first step. Returns its place, and whether the step was handed to who is behind
-- the door. The caller saves it.
local function startRun(run, accepted, dueMs, door, now)
  local place = count(run, 1)
  put(run.set, 'status', 'running')
  local start = record(run, { accepted })
  put(run.set, 'start', digits(start))
  run.v = run.v + 1
  local lease = door and handOver(run, { { item = 'step:1', data = '' } }, door, journalOf(run, start, { accepted }), now)
  openItem(run, 'step:1', '', dueMs, lease)
  return place, lease and true or false
end

-- Starts an accepted run whose turn it is in its thread. Where its tenant has no room, the run waits in the tenant's line.
-- Returns as startRun, or nil where it waits. The caller saves it, and writes that the thread is its own until it ends.
local function enter(run, accepted, caps, dueMs, door, now)
  if hasRoom(run, caps) then return startRun(run, accepted, dueMs, door, now) end
  put(run.set, 'accepted', accepted)
  redis.call('RPUSH', run.prefix .. 'line:' .. run.tenant, run.id)
  return nil
end
