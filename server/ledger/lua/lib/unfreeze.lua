-- @include lib/number
-- @include lib/standing-account

-- Takes a sum out of what is frozen for a voucher; where it is drawn it leaves the account as well. Minor units.
-- What is frozen for it is what waits and what remains, always.
local function unfreeze(key, id, voucher, sum, drawn)
  local account = standingAccount(key, voucher)
  if sum > 0 then redis.call('HINCRBY', account.key, 'frozen', integer(-sum)) end
  if drawn > 0 and voucher.kind == 'credit' then redis.call('HINCRBY', account.key, 'used', integer(drawn)) end
  if drawn > 0 and voucher.kind ~= 'credit' then redis.call('HINCRBY', account.key, 'total', integer(-drawn)) end
  redis.call('HSET', account.key, 'moved', '1')
  local left = voucher.pending + voucher.remaining
  local issuanceId = string.sub(id, 2)
  if left > 0 then
    redis.call('HSET', account.freezes, issuanceId, integer(left))
  else
    redis.call('HDEL', account.freezes, issuanceId)
  end
end
