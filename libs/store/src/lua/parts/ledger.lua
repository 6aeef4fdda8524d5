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
-- `holds` (hash): run|item to what is held for the call that the item's holder makes, and for requests that go on with its answer (again: how
-- many). The run's field r:<item> says that there is one.
-- `tariffs:<print>` (hash): agent digest to what a call of this agent may cost, and which budgets it counts against, as JSON:
--   base (tokens of instructions and tools), out (tokens), image (tokens of one), model (where there is one only), models (list of their prices), budgets (list)
-- `budget-warnings` (stream): what was told, newest last.
local openedLedger
local function ledger()
  if openedLedger then return openedLedger end
  local warningsKept, spareMs = 1000, 7 * 86400000
  local warningLevels = { 100, 80, 50 }
  -- What is said to a model that goes on with an answer or sums up, beside the prompt and the answer so far: no more tokens than bytes.
  local seamTokens = 1000

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

  -- What a line of the journal adds to a prompt at most. An image that a client brought counts as the dearest one, whatever its bytes are.
  local mostOfImage = 50000
  local function lineBound(line, tariff)
    local bytes = #line
    if not string.find(line, '"images":', 1, true) then return bytes end
    local images = select(2, string.gsub(line, '{"url":"https:', ''))
    local head = string.sub(line, 1, 200)
    if string.find(head, '"type":"run.accepted"', 1, true) or string.find(head, '"type":"thread.updated"', 1, true) then
      local stripped, count = string.gsub(line, '"mediaType":"image/%l+","data":"[%w+/=]*"', '')
      bytes, images = #stripped, images + count
    end
    return bytes + images * (tariff.image or mostOfImage)
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
        if fact.run == run and fact.model == tariff.model and not fact.isCached then
          return bytes + fact.usage.inputTokens + fact.usage.outputTokens
        end
        isExact = false
      end
      bytes = bytes + lineBound(line, tariff)
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

  local function shortageOf(prefix, short)
    local account = short.account
    return { 'short', cjson.encode({
      scope = account.scope, name = account.owner, period = account.period, amount = short.amount, used = whole(short.used),
      allowed = whole(short.allowed), account = string.sub(account.key, #prefix + 1), endMs = whole(account.endMs),
      isCrowded = short.isCrowded, onLimit = account.onLimit,
    }) }
  end

  -- What `times` requests may cost that go on with an answer, each of which is shown more than the one before.
  local function furtherFor(again, grow, times)
    return times * again + times * (times - 1) / 2 * grow
  end

  -- What so many calls may have cost of which nobody saw the end: together no more than was held, where more than one was held for.
  local function lostOf(total, again, grow, times, lost)
    return times == 0 and total * lost or math.min(total, (again + (times - 1) * grow) * lost)
  end

  -- Holds in every account that counts the call what it may cost at most, or in none. `call`: run, item, epoch, owners, now, isProbe (only
  -- look).
  -- A model whose own budget is short is left out while another is left. Returns an allowance:
  --   {"free"} | {"held", models left out …} | {"short", JSON}; warnings go to `told`.
  local function reserve(prefix, call, tariff, lines, told)
    local prompt = promptBound(lines, call.run, tariff)
    local prices, againPrices, growPrices = {}, {}, {}
    local dearest, dearestAgain, dearestGrow = 0, 0, 0
    local tokens, againTokens = prompt + tariff.out, prompt + seamTokens + 2 * tariff.out
    for _, model in ipairs(tariff.models) do
      prices[model.name] = math.ceil(prompt * model.input + tariff.out * model.output)
      againPrices[model.name] = math.ceil((againTokens - tariff.out) * model.input + tariff.out * model.output)
      growPrices[model.name] = math.ceil(tariff.out * model.input)
      dearest = math.max(dearest, prices[model.name])
      dearestAgain = math.max(dearestAgain, againPrices[model.name])
      dearestGrow = math.max(dearestGrow, growPrices[model.name])
    end
    local counted, short, shortModels = {}, nil, {}
    for _, budget in ipairs(tariff.budgets) do
      local account = accountOf(prefix, budget, call.owners, call.now)
      if account then
        readAccount(account)
        local isModel = account.scope == 'model'
        account.holdU, account.holdT = isModel and prices[account.owner] or dearest, tokens
        account.againU = isModel and againPrices[account.owner] or dearestAgain
        account.growU = isModel and growPrices[account.owner] or dearestGrow
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
    if short then return shortageOf(prefix, short) end
    if call.isProbe then return { 'free' } end
    local entries = {}
    for _, account in ipairs(counted) do
      if account.scope ~= 'model' or not shortModels[account.owner] then
        account.heldU, account.heldT = account.heldU + account.holdU, account.heldT + account.holdT
        writeAccount(account)
        entries[#entries + 1] = {
          account.key, account.scope, account.owner, account.period, whole(account.endMs), account.limitU and whole(account.limitU) or '',
          account.limitT and whole(account.limitT) or '', whole(account.holdU), whole(account.holdT), whole(account.againU),
          whole(againTokens), whole(account.growU), whole(tariff.out), account.onLimit,
        }
      end
    end
    local first = tariff.models[1] and tariff.models[1].name or ''
    redis.call('HSET', prefix .. 'holds', call.run .. '|' .. call.item, cjson.encode({
      epoch = call.epoch, tenant = call.owners.tenant, agent = call.owners.agent, model = first, u = whole(dearest), t = whole(tokens),
      againU = whole(dearestAgain), againT = whole(againTokens), growU = whole(dearestGrow), growT = whole(tariff.out), again = 0,
      entries = entries, leftOut = table.concat(leftOut, ' '),
    }))
    return { 'held', unpack(leftOut) }
  end

  -- An account of a hold, what is held in it in all, for the first further request, and by how much those grow. Of a hold that an older
  -- release made, a further one counts as all of it.
  local function heldAccount(entry)
    local account = {
      key = entry[1], scope = entry[2], owner = entry[3], period = entry[4], endMs = tonumber(entry[5]), limitU = tonumber(entry[6]),
      limitT = tonumber(entry[7]), holdU = tonumber(entry[8]), holdT = tonumber(entry[9]), onLimit = entry[14] or 'fail',
    }
    account.againU, account.againT = tonumber(entry[10] or entry[8]), tonumber(entry[11] or entry[9])
    account.growU, account.growT = tonumber(entry[12] or 0), tonumber(entry[13] or 0)
    return account
  end

  -- Holds for `times` further requests of the same step, in every account of its hold or in none. Returns an allowance.
  local function holdAgain(prefix, member, times)
    local text = redis.call('HGET', prefix .. 'holds', member)
    if not text then return { 'free' } end
    local hold, accounts, short = cjson.decode(text), {}, nil
    local before = hold.again or 0
    times = math.max(times, before)
    local function more(again, grow)
      return furtherFor(again, grow, times) - furtherFor(again, grow, before)
    end
    for index, entry in ipairs(hold.entries) do
      local account = heldAccount(entry)
      readAccount(account)
      account.moreHeldU, account.moreHeldT = more(account.againU, account.growU), more(account.againT, account.growT)
      if times > before then short = worse(short, shortIn(account, account.moreHeldU, account.moreHeldT)) end
      accounts[index] = account
    end
    if short then return shortageOf(prefix, short) end
    for index, account in ipairs(accounts) do
      account.heldU, account.heldT = account.heldU + account.moreHeldU, account.heldT + account.moreHeldT
      writeAccount(account)
      hold.entries[index][8], hold.entries[index][9] = whole(account.holdU + account.moreHeldU), whole(account.holdT + account.moreHeldT)
    end
    hold.u = whole(tonumber(hold.u) + more(tonumber(hold.againU or hold.u), tonumber(hold.growU or 0)))
    hold.t = whole(tonumber(hold.t) + more(tonumber(hold.againT or hold.t), tonumber(hold.growT or 0)))
    hold.again = times
    redis.call('HSET', prefix .. 'holds', member, cjson.encode(hold))
    return { 'held' }
  end

  -- What so many lost calls of a hold count for, dollars and tokens.
  local function lostBy(hold, lost)
    local again = hold.again or 0
    local function number(name) return tonumber(hold[name] or 0) end
    return lostOf(number('u'), number('againU'), number('growU'), again, lost),
      lostOf(number('t'), number('againT'), number('growT'), again, lost)
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
  -- Returns the hold, or nil. Warnings go to `told`.
  local function settleHold(prefix, member, spent, told)
    local text = redis.call('HGET', prefix .. 'holds', member)
    if not text then return nil end
    redis.call('HDEL', prefix .. 'holds', member)
    local hold = cjson.decode(text)
    for _, entry in ipairs(hold.entries) do
      local account, again = heldAccount(entry), hold.again or 0
      readAccount(account)
      account.heldU, account.heldT = math.max(0, account.heldU - account.holdU), math.max(0, account.heldT - account.holdT)
      if spent then
        local isCounted = account.scope ~= 'model' or account.owner == spent.model
        account.spentU = account.spentU + (isCounted and spent.nano or 0) +
          lostOf(account.holdU, account.againU, account.growU, again, spent.lost)
        account.spentT = account.spentT + (isCounted and spent.input + spent.output or 0) +
          lostOf(account.holdT, account.againT, account.growT, again, spent.lost)
        warn(prefix, account, told)
      end
      writeAccount(account)
    end
    return hold
  end

  -- Settles what an earlier holder of an item left behind. Whether its call was made, and what it cost, nobody knows: where it may have been
  -- made it counts as the dearest that it can have been.
  local function settleLost(prefix, member, mayHaveBegun, now, told)
    if not mayHaveBegun then return settleHold(prefix, member, nil, told) end
    local before = cjson.decode(redis.call('HGET', prefix .. 'holds', member) or '{}')
    local lost = 1 + (before.again or 0)
    local hold = settleHold(prefix, member, { model = '', input = 0, output = 0, nano = 0, lost = lost }, told)
    if not hold then return end
    local lostU, lostT = lostBy(hold, lost)
    noteSpending(prefix, now, {
      tenant = hold.tenant, agent = hold.agent, model = hold.model, calls = 0, input = 0, output = 0, nano = 0, lost = lost,
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
    holdAgain = holdAgain, lostBy = lostBy,
  }
  return openedLedger
end
