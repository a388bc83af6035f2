-- Opens what pays out the drawing that the event has honoured, if it has honoured one. It is named by the voucher and the
-- event's version, and keeps the event's digest.
-- Takes: now, key, id, voucher, event, mode, openSettlements, undone
-- Leaves: nothing
-- @include lib/settlement
-- @include lib/number

if event.honours then
  local drawing, version = event.honours, integer(voucher.version)
  redis.call('HSET', key, 'z:' .. version, string.format(SETTLEMENT, 'open', mode, 1, drawing.id,
    integer(drawing.amount), voucher.digest, voucher.beneficiary, drawing.number, '', drawing.holder))
  redis.call('ZADD', openSettlements, integer(now), id .. '.' .. version)
  -- One that is paid outside waits for an operator's system, and not for a hub.
  if mode == 'book' then redis.call('ZADD', undone, integer(now), id .. '.' .. version) end
end
