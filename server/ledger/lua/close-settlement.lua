-- (settlement): an attempt has come to an end in the beneficiary's partition: it was paid, or refused.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 failedSettlements
-- ARGV 1 id of the voucher 2 version of the event that honoured the drawing 3 attempt 4 digest of that event
-- ARGV 5 why it was refused, or '' when it was paid
-- Answers: not_found, wrong_state, conflict
-- Effects: drawing.settled or drawing.settlement_failed, or settlement.failed in the journal for what was tried again;
-- Effects: clearing and settlement
-- @include steps/read-settlement

local attempt, digest, refused = tonumber(ARGV[3]), ARGV[4], ARGV[5]
if settlement.digest ~= digest then return reject('conflict', 'digest') end
if settlement.state ~= 'open' or settlement.attempt ~= attempt or settlement.mode ~= 'book' then
  redis.call('ZREM', undone, settlementId)
  return reject('wrong_state', settlement.state)
end
local settled, note, actor = refused == '', refused, 'hub'
-- @include steps/end-attempt
return reply('done', 'news', voucher.offer, eventsOf(key, 0, voucher.version))
