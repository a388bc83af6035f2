-- Ends an attempt to pay a drawing out: its event, the sums, and the settlement.
-- settled: whether it was paid. note: why not, or the reference under which it was paid outside. actor: who says so. toldUnder: what the journal
-- has of the write in which an operator says so.
-- What is tried again under the next number and fails again is no news for the voucher's parties.
-- Takes: now, key, deadlines, journal, sums, undone, openSettlements, failedSettlements, id, version, settlementId, voucher
-- Takes: settlement, settled, note, actor, toldUnder
-- Leaves: isNews, event, line
-- @include lib/log
-- @include lib/number
-- @include lib/reply

local isNews = settled or (settlement.attempt == 1 and settlement.state == 'open')
settlement.state, settlement.note = settled and 'settled' or 'failed', note
if settled then redis.call('HINCRBY', sums, 'clearing:' .. voucher.currency, '-' .. settlement.amount) end
local event = {
  type = settled and 'drawing.settled' or 'drawing.settlement_failed',
  by = actor,
  state = voucher.state,
  rest = table.concat({ settlement.drawingId, settlement.amount, integer(settlement.attempt), note }, '|'),
  journal = toldUnder,
}
-- @include steps/write-settlement
if not isNews then
  redis.call('XADD', journal, '*', 'id', id, 'event', 'settlement.failed', 'settlement', settlementId,
    'attempt', integer(settlement.attempt), 'reason', note, 'at', integer(now), unpack(toldUnder))
  return reply('done', '', voucher.offer, eventsOf(key, 0, voucher.version))
end
-- @include steps/write-voucher-event
