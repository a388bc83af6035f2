-- POST settlement: an operator says what came of a payment outside: of one that is paid by a system outside, or of one
-- that could not be paid in the book.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 failedSettlements
-- ARGV 1 id of the voucher 2 version of the event that honoured the drawing 3 settled or failed 4 reference
-- ARGV 5 the write's id
-- Answers: not_found, wrong_state, invalid_request
-- Effects: drawing.settled or drawing.settlement_failed, or settlement.failed in the journal for what was tried again;
-- Effects: clearing, settlement and what was paid outside
-- @include lib/log
-- @include lib/settlement-news
-- @include lib/sums
-- @include steps/read-settlement

local outcome, reference = ARGV[3], ARGV[4]
local toldUnder = { 'intent', ARGV[5] }
-- What failed in the book has its reason where a report has its reference.
local isReported = settlement.mode == 'external' or settlement.state == 'settled'
if isReported and settlement.state == outcome and settlement.note == reference then
  -- The same again.
  local isNews = isNewestOf(key, voucher, settlement, reference)
  return reply('again', isNews and 'news' or '', voucher.offer, eventsOf(key, 0, voucher.version))
end
local isWaiting = settlement.mode == 'external' and settlement.state == 'open'
if not isWaiting and not (settlement.state == 'failed' and outcome == 'settled') then
  return reject('wrong_state', settlement.state)
end
local settled, note, actor = outcome == 'settled', reference, 'operator'
local leaves = settled and -tonumber(settlement.amount) or 0
if not fitsIn(sums, 'in:' .. voucher.currency, leaves) then return reject('invalid_request', voucher.currency) end
addIn(sums, voucher.currency, leaves)
-- @include steps/end-attempt
return reply('done', 'news', voucher.offer, eventsOf(key, 0, voucher.version))
