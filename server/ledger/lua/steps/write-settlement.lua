-- Writes a settlement as it is now, and the lists that name it as it is.
-- Takes: now, key, version, settlementId, settlement, undone, openSettlements, failedSettlements
-- Leaves: nothing
-- @include lib/settlement
-- @include lib/number

do
  local state, mode = settlement.state, settlement.mode
  redis.call('HSET', key, 'z:' .. version, string.format(SETTLEMENT, state, mode, settlement.attempt,
    settlement.drawingId, settlement.amount, settlement.digest, settlement.party, settlement.number, settlement.note,
    settlement.holder))
  local lists = { open = openSettlements, failed = failedSettlements }
  for each, list in pairs(lists) do
    if each == state then
      redis.call('ZADD', list, 'NX', integer(now), settlementId)
    else
      redis.call('ZREM', list, settlementId)
    end
  end
  if state == 'open' and mode == 'book' then
    redis.call('ZADD', undone, integer(now), settlementId)
  else
    redis.call('ZREM', undone, settlementId)
  end
end
