-- Hold again: holds what further requests of one step may cost, each of which goes on with an answer that was paid for already.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 owner  6 how many further requests there are, this one among them
-- Output:  {"held"} | {"free"}: no budget counts the step | {"short", JSON}, as reserve in parts/ledger.lua says it | {"lost"}: somebody else holds
--          the item, or it is closed
-- Effects: accounts and the hold. The same call sent again holds nothing twice.
-- Needs:   items, ledger
local prefix, id, item = ARGV[1], ARGV[2], ARGV[3]
local state = parseItem((redis.call('HGET', KEYS[1], 'i:' .. item)))
if not state or not state.isOpen or not isHeldBy(state, ARGV[4], ARGV[5]) then return { 'lost' } end
return ledger().holdAgain(prefix, id .. '|' .. item, tonumber(ARGV[6]))
