-- Numbers: whole ones as text.
--
-- KEYS:    none.
-- ARGV:    none.
-- Output:  none.
-- Effects: none.
-- A number that Lua, or Redis for it, turns into text is written as a fraction, which takes five times as long.
local function digits(number)
  return string.format('%d', number)
end
