-- Items: what stands in a run's field `i:<item>` for each work item.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: none.
--
--   "open <epoch> <leaseUntilMs> <rings> <owner> <clean|begun>"   epoch: claims so far; leaseUntilMs 0: nobody holds it; owner "-": none
--   "closed <epoch> <version>"                      the epoch that closed it and the version that this made
-- where `begun` means that a holder may have begun the work, and `clean` that none has.
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

-- Whether a worker's claim of an item is the newest. What is closed tells no owner any more: it was closed by the newest.
local function isHeldBy(state, epoch, owner)
  return state.epoch == tonumber(epoch) and (not state.isOpen or state.owner == owner)
end

local function formatItem(state)
  return string.format('open %d %d %d %s %s', state.epoch, state.untilMs, state.rings, state.owner, state.past)
end
