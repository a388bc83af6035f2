-- POST settlement: an operator has a drawing that could not be paid out paid into another account, as the next attempt.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 failedSettlements 8 write
-- ARGV 1 id of the voucher 2 version of the event that honoured the drawing 3 party 4 number 5 digest of what is asked
-- Answers: not_found, wrong_state, conflict
-- Effects: the settlement is open again, under the next number; settlement.redirected in the journal; the write's answer
-- @include steps/read-settlement
-- @include lib/write

local write = KEYS[8]
local party, number, digest = ARGV[3], ARGV[4], ARGV[5]
-- @include steps/replay-write
-- What was paid for another past may have been paid: it is not paid again.
if settlement.state ~= 'failed' or settlement.mode ~= 'book' or settlement.note == 'conflict' then
  return reject('wrong_state', settlement.state)
end
settlement.state, settlement.attempt, settlement.note = 'open', settlement.attempt + 1, ''
settlement.party, settlement.number, settlement.holder = party, number, ''
-- @include steps/write-settlement
redis.call('XADD', journal, '*', 'id', id, 'event', 'settlement.redirected', 'settlement', settlementId,
  'attempt', integer(settlement.attempt), 'party', party, 'account', number, 'at', integer(now),
  'write', journaledWrite(write, digest))
local answer = reply('done', integer(settlement.attempt))
-- @include steps/finish-write
