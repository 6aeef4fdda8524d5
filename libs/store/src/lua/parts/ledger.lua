-- Ledger: what the scripts share that reserve money before a model is asked and settle it afterwards. Opened when it is needed: most calls have no budget.
--
-- KEYS:    none of its own; every key starts with `prefix`.
-- ARGV:    none.
-- Output:  none.
-- Effects: none until a script calls these functions.
-- Needs:   spendings
--
-- An account is what one budget counts: `account:<scope>|<whose>|<period>` (hash), periods being days and months of UTC by Redis' own
-- clock. Money is in billionths of a US dollar, a whole number: exact to nine million dollars.
--   su st  spent: dollars, tokens    hu ht  held by calls under way    mu mt  granted beyond the limit    lu lt  the limit, as it was
--   wu wt  the highest warning told, per cent
-- `holds` (hash): run|item to what is held for the call that the item's holder makes. The run's field r:<item> says that there is one.
-- `tariffs:<print>` (hash): agent digest to what a call of this agent may cost, and which budgets it counts against, as JSON:
--   base (tokens of instructions and tools), out (tokens), model (where there is one only), models (list of their prices), budgets (list)
-- `budget-warnings` (stream): what was told, newest last.
local openedLedger
local function ledger()
  if openedLedger then return openedLedger end
  local warningsKept, spareMs = 1000, 7 * 86400000
  local warningLevels = { 100, 80, 50 }

  -- A budget that counts a call of `owners` (tenant, agent, thread; a model names itself), as an account; nil where it counts others.
  local function accountOf(prefix, budget, owners, now)
    local owner = budget.scope == 'model' and budget.name or owners[budget.scope]
    if not owner or (budget.name ~= '*' and budget.name ~= owner) then return nil end
    for _, other in ipairs(budget.except or {}) do
      if other == owner then return nil end
    end
    local period, endMs = periodOf(budget.period, now)
    return {
      key = prefix .. 'account:' .. budget.scope .. '|' .. owner .. '|' .. period, scope = budget.scope, owner = owner,
      period = budget.period, endMs = endMs, onLimit = budget.onLimit, limitU = budget.nanoUsd, limitT = budget.tokens,
    }
  end

  local function readAccount(account)
    local fields = redis.call('HMGET', account.key, 'su', 'st', 'hu', 'ht', 'mu', 'mt', 'wu', 'wt')
    local function number(index) return tonumber(fields[index] or '0') end
    account.spentU, account.spentT, account.heldU, account.heldT = number(1), number(2), number(3), number(4)
    account.moreU, account.moreT, account.toldU, account.toldT = number(5), number(6), number(7), number(8)
    account.isNew = not fields[1]
  end

  local function writeAccount(account)
    redis.call('HSET', account.key, 'su', whole(account.spentU), 'st', whole(account.spentT), 'hu', whole(account.heldU), 'ht',
      whole(account.heldT), 'wu', account.toldU, 'wt', account.toldT, 'lu', account.limitU and whole(account.limitU) or '', 'lt',
      account.limitT and whole(account.limitT) or '')
    if account.isNew and account.endMs > 0 then redis.call('PEXPIREAT', account.key, whole(account.endMs + spareMs)) end
  end

  -- Tells each of 50, 80 and 100 % once an account, of dollars and of tokens. Adds to `told` what it tells now.
  local function warn(prefix, account, told, isRefused)
    local function look(unit, limit, more, spent, before)
      if not limit then return before end
      local allowed = limit + more
      for _, level in ipairs(warningLevels) do
        if level <= before then return before end
        if spent * 100 >= allowed * level or (isRefused == unit and level == 100) then
          local warning = cjson.encode({
            scope = account.scope, name = account.owner, period = account.period, amount = unit, percent = level,
            spent = whole(spent), allowed = whole(allowed),
          })
          redis.call('XADD', prefix .. 'budget-warnings', 'MAXLEN', '~', warningsKept, '*', 'w', warning)
          told[#told + 1] = warning
          return level
        end
      end
      return before
    end
    account.toldU = look('costUsd', account.limitU, account.moreU, account.spentU, account.toldU)
    account.toldT = look('tokens', account.limitT, account.moreT, account.spentT, account.toldT)
  end

  -- At most so many tokens does a prompt have that is made of this journal. A token is at least one byte, and what a provider counted in its
  -- last answer to this run need not be estimated again, unless it was another model or the thread has gone back since.
  local function promptBound(lines, run, tariff)
    local bytes, isExact = 0, tariff.model ~= nil
    for index = #lines, 1, -1 do
      local line = lines[index]
      if isExact and string.find(line, '"rewindTo":', 1, true) then isExact = false end
      if isExact and string.find(string.sub(line, 1, 200), '"type":"model.answered"', 1, true) then
        local fact = cjson.decode(line)
        if fact.run == run and fact.model == tariff.model then
          return bytes + fact.usage.inputTokens + fact.usage.outputTokens
        end
        isExact = false
      end
      bytes = bytes + #line
    end
    return bytes + tariff.base
  end

  -- What stands in the way of holding `u` and `t` in an account: nil, or what is short and whether calls under way may still give it back.
  local function shortIn(account, u, t)
    local function look(unit, limit, more, spent, held, need)
      if not limit then return nil end
      local allowed = limit + more
      if spent + held + need <= allowed then return nil end
      return { amount = unit, used = spent + need, allowed = allowed, isCrowded = spent + need <= allowed, account = account }
    end
    local inU = look('costUsd', account.limitU, account.moreU, account.spentU, account.heldU, u)
    local inT = look('tokens', account.limitT, account.moreT, account.spentT, account.heldT, t)
    if inU and inT then return inU.isCrowded and inT or inU end
    return inU or inT
  end

  -- Of two things that are short: the one that stays so; then the one that ends the run.
  local function worse(one, other)
    if not one or not other then return one or other end
    if one.isCrowded ~= other.isCrowded then return one.isCrowded and other or one end
    return other.account.onLimit == 'fail' and one.account.onLimit ~= 'fail' and other or one
  end

  -- Holds in every account that counts the call what it may cost at most, or in none. `call`: run, item, epoch, owners, now, isProbe (only
  -- look).
  -- A model whose own budget is short is left out while another is left. Returns an allowance:
  --   {"free"} | {"held", models left out …} | {"short", JSON}; warnings go to `told`.
  local function reserve(prefix, call, tariff, lines, told)
    local prompt = promptBound(lines, call.run, tariff)
    local prices, dearest = {}, 0
    for _, model in ipairs(tariff.models) do
      prices[model.name] = math.ceil(prompt * model.input + tariff.out * model.output)
      dearest = math.max(dearest, prices[model.name])
    end
    local tokens = prompt + tariff.out
    local counted, short, shortModels = {}, nil, {}
    for _, budget in ipairs(tariff.budgets) do
      local account = accountOf(prefix, budget, call.owners, call.now)
      if account then
        readAccount(account)
        account.holdU, account.holdT = account.scope == 'model' and prices[account.owner] or dearest, tokens
        local found = shortIn(account, account.holdU, account.holdT)
        if found and not found.isCrowded then
          local before = account.toldU + account.toldT
          warn(prefix, account, told, found.amount)
          if account.toldU + account.toldT > before then writeAccount(account) end
        end
        if found and account.scope == 'model' then
          shortModels[account.owner] = worse(shortModels[account.owner], found)
        else
          short = worse(short, found)
        end
        counted[#counted + 1] = account
      end
    end
    if #counted == 0 then return { 'free' } end
    local leftOut, ofModels = {}, nil
    for _, model in ipairs(tariff.models) do
      if shortModels[model.name] then
        leftOut[#leftOut + 1] = model.name
        ofModels = not ofModels and shortModels[model.name] or shortModels[model.name].isCrowded and shortModels[model.name] or ofModels
      end
    end
    if #tariff.models > 0 and #leftOut == #tariff.models then short = worse(short, ofModels) end
    if short then
      local account = short.account
      return { 'short', cjson.encode({
        scope = account.scope, name = account.owner, period = account.period, amount = short.amount, used = whole(short.used),
        allowed = whole(short.allowed), account = string.sub(account.key, #prefix + 1), endMs = whole(account.endMs),
        isCrowded = short.isCrowded, onLimit = account.onLimit,
      }) }
    end
    if call.isProbe then return { 'free' } end
    local entries = {}
    for _, account in ipairs(counted) do
      if account.scope ~= 'model' or not shortModels[account.owner] then
        account.heldU, account.heldT = account.heldU + account.holdU, account.heldT + account.holdT
        writeAccount(account)
        entries[#entries + 1] = {
          account.key, account.scope, account.owner, account.period, whole(account.endMs), account.limitU and whole(account.limitU) or '',
          account.limitT and whole(account.limitT) or '', whole(account.holdU), whole(account.holdT),
        }
      end
    end
    local first = tariff.models[1] and tariff.models[1].name or ''
    redis.call('HSET', prefix .. 'holds', call.run .. '|' .. call.item, cjson.encode({
      epoch = call.epoch, tenant = call.owners.tenant, agent = call.owners.agent, model = first, u = whole(dearest), t = whole(tokens),
      entries = entries, leftOut = table.concat(leftOut, ' '),
    }))
    return { 'held', unpack(leftOut) }
  end

  -- The allowance of a call for which money is held already.
  local function heldAlready(prefix, member)
    local hold = cjson.decode(redis.call('HGET', prefix .. 'holds', member) or '{"leftOut":""}')
    local allowance = { 'held' }
    for model in string.gmatch(hold.leftOut, '%S+') do allowance[#allowance + 1] = model end
    return allowance
  end

  -- Gives back what is held for an item and counts what was spent instead. `spent`: nil: nothing; else the model that answered, its tokens
  -- (input, output) and its price (nano), and how many calls are presumed to have cost all that was held for one (lost).
  -- Returns what one lost call counts for, dollars and tokens. Warnings go to `told`.
  local function settleHold(prefix, member, spent, told)
    local text = redis.call('HGET', prefix .. 'holds', member)
    if not text then return 0, 0, nil end
    redis.call('HDEL', prefix .. 'holds', member)
    local hold = cjson.decode(text)
    for _, entry in ipairs(hold.entries) do
      local account = {
        key = entry[1], scope = entry[2], owner = entry[3], period = entry[4], endMs = tonumber(entry[5]), limitU = tonumber(entry[6]),
        limitT = tonumber(entry[7]),
      }
      local holdU, holdT = tonumber(entry[8]), tonumber(entry[9])
      readAccount(account)
      account.heldU, account.heldT = math.max(0, account.heldU - holdU), math.max(0, account.heldT - holdT)
      if spent then
        local isCounted = account.scope ~= 'model' or account.owner == spent.model
        account.spentU = account.spentU + (isCounted and spent.nano or 0) + spent.lost * holdU
        account.spentT = account.spentT + (isCounted and spent.input + spent.output or 0) + spent.lost * holdT
        warn(prefix, account, told)
      end
      writeAccount(account)
    end
    return tonumber(hold.u), tonumber(hold.t), hold
  end

  -- Settles what an earlier holder of an item left behind. Whether its call was made, and what it cost, nobody knows: where it may have been
  -- made it counts as the dearest that it can have been.
  local function settleLost(prefix, member, mayHaveBegun, now, told)
    if not mayHaveBegun then return settleHold(prefix, member, nil, told) end
    local lostU, lostT, hold = settleHold(prefix, member, { model = '', input = 0, output = 0, nano = 0, lost = 1 }, told)
    if not hold then return end
    noteSpending(prefix, now, {
      tenant = hold.tenant, agent = hold.agent, model = hold.model, calls = 0, input = 0, output = 0, nano = 0, lost = 1,
      lostTokens = lostT, lostNano = lostU,
    })
  end

  -- The first of these budgets in which nothing is left at all; nil where there is none.
  local function firstSpent(prefix, budgets, owners, now)
    for _, budget in ipairs(budgets) do
      local account = accountOf(prefix, budget, owners, now)
      if account then
        readAccount(account)
        if account.limitU and account.spentU >= account.limitU + account.moreU then return { account = account, amount = 'costUsd' } end
        if account.limitT and account.spentT >= account.limitT + account.moreT then return { account = account, amount = 'tokens' } end
      end
    end
    return nil
  end

  openedLedger = {
    reserve = reserve, heldAlready = heldAlready, settleHold = settleHold, settleLost = settleLost, firstSpent = firstSpent,
  }
  return openedLedger
end
