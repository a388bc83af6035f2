-- What came into a partition, and what has left payers' accounts and is not paid out, each by currency: 'in:CNY',
-- 'clearing:CNY'. The store adds it up in 64 bits and exactly; Lua's numbers can't hold such a sum, so a script changes
-- it by HINCRBY alone and looks at it only to see that it is far from what 64 bits can hold. Beyond those HINCRBY itself
-- is an error, and what the script has written before it would stay.
-- @include lib/number

-- 2^62, half of what 64 bits can hold, in either direction: some five hundred accounts of the largest sum.
local MOST_SUM = 4611686018427387904

-- Whether a sum can be changed by an amount, minor units. It may always come nearer to 0.
local function fitsIn(sums, name, amount)
  local sum = tonumber(redis.call('HGET', sums, name) or '0')
  return sum * amount <= 0 or math.abs(sum + amount) <= MOST_SUM
end

local function addIn(sums, currency, amount)
  if amount ~= 0 then redis.call('HINCRBY', sums, 'in:' .. currency, integer(amount)) end
end
