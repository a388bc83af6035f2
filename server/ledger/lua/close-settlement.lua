-- (settlement): an attempt has come to an end in the beneficiary's partition: it was paid, or refused.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 failedSettlements
-- ARGV 1 id of the voucher 2 version of the event that honoured the drawing 3 attempt 4 digest of that event
-- ARGV 5 why it was refused, or '' when it was paid
-- Answers: not_found, wrong_state, conflict
-- Effects: drawing.settled or drawing.settlement_failed, or settlement.failed in the journal for what was tried again;
-- Effects: clearing and settlement; the same again is told again while nothing has happened since
-- @include lib/log
-- @include lib/settlement-news
-- @include steps/read-settlement

local attempt, digest, refused = tonumber(ARGV[3]), ARGV[4], ARGV[5]
if settlement.digest ~= digest then return reject('conflict', 'digest') end
local settled, note, actor, toldUnder = refused == '', refused, 'hub', {}
-- An attempt that is over changes nothing more, and least of all the queue: the next attempt may be in it.
if settlement.attempt ~= attempt or settlement.mode ~= 'book' then return reject('wrong_state', settlement.state) end
if settlement.state ~= 'open' then
  if settlement.state ~= (settled and 'settled' or 'failed') or settlement.note ~= note then
    return reject('wrong_state', settlement.state)
  end
  -- The same again.
  local isNews = isNewestOf(key, voucher, settlement, note)
  return reply('again', isNews and 'news' or '', voucher.offer, eventsOf(key, 0, voucher.version))
end
-- @include steps/end-attempt
return reply('done', 'news', voucher.offer, eventsOf(key, 0, voucher.version))
