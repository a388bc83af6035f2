-- @include lib/number

-- Whether the newest event of a voucher is the one that ended a settlement's attempt: whoever did it first may not have come
-- to tell it.
local function isNewestOf(key, voucher, settlement, note)
  local told = table.concat({ settlement.drawingId, settlement.amount, integer(settlement.attempt), note }, '|')
  local newest = redis.call('HGET', key, integer(voucher.version))
  return string.find(newest, '|drawing.settle', 1, true) and string.sub(newest, -#told - 1) == '|' .. told
end
