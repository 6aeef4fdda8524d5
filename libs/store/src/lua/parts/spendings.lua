-- Spendings: what calls of models came to, and the days that they fall on.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: `spendings` (list): one entry a call, until the sweep has counted it into `usage:<tenant>|<day>`.
local dayMs = 86400000
local spendingsAtOnce, usageKeptSeconds = 1000, 400 * 86400

local function whole(number)
  return string.format('%.0f', number)
end

-- Year, month and day of the month of a day since 1970, by the Gregorian calendar. Its years begin in March here, so that a leap day is the last.
local function dateOf(day)
  local inEra = (day + 719468) % 146097
  local year = math.floor((inEra - math.floor(inEra / 1460) + math.floor(inEra / 36524) - math.floor(inEra / 146096)) / 365)
  local inYear = inEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * inYear + 2) / 153)
  local inMonth = inYear - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  return year + math.floor((day + 719468) / 146097) * 400 + (month <= 2 and 1 or 0), month, inMonth
end

local function daysOf(year, month)
  if month ~= 2 then return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31 end
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) and 29 or 28
end

-- The name of a period that holds `now`, and when it ends (ms; 0: never).
local function periodOf(kind, now)
  if kind == 'ever' then return 'ever', 0 end
  local day = math.floor(now / dayMs)
  local year, month, inMonth = dateOf(day)
  if kind == 'month' then
    return string.format('%04d-%02d', year, month), (day - inMonth + 1 + daysOf(year, month)) * dayMs
  end
  return string.format('%04d-%02d-%02d', year, month, inMonth), (day + 1) * dayMs
end

-- One line of usage, counted by the sweep. `presumed`: of calls whose end nobody saw.
local function noteSpending(prefix, now, spending)
  redis.call('RPUSH', prefix .. 'spendings', cjson.encode({
    (periodOf('day', now)), spending.tenant, spending.agent, spending.model, spending.calls, spending.input, spending.output,
    whole(spending.nano), spending.lost, whole(spending.lostTokens), whole(spending.lostNano),
    spending.cached or 0, spending.cachedInput or 0,
  }))
end

-- Counts a batch of spendings into the days of their tenants: `usage:<tenant>|<day>` (hash), a field for each agent, model and number.
local function countSpendings(prefix)
  local lines = redis.call('LPOP', prefix .. 'spendings', spendingsAtOnce)
  if not lines then return end
  local names, days = { 'calls', 'input', 'output', 'nano', 'lost', 'lostTokens', 'lostNano', 'cached', 'cachedInput' }, {}
  for _, line in ipairs(lines) do
    local entry = cjson.decode(line)
    local key = prefix .. 'usage:' .. entry[2] .. '|' .. entry[1]
    local day = days[key] or {}
    days[key] = day
    for index, name in ipairs(names) do
      local field, number = entry[3] .. '|' .. entry[4] .. '|' .. name, tonumber(entry[4 + index] or 0)
      if number ~= 0 then day[field] = (day[field] or 0) + number end
    end
  end
  for key, day in pairs(days) do
    for field, number in pairs(day) do redis.call('HINCRBY', key, field, whole(number)) end
    redis.call('EXPIRE', key, usageKeptSeconds)
  end
end
