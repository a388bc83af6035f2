-- voucher:release: the beneficiary gives up a part or all of what remains.
-- KEYS 1 voucher 2 deadlines 3 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- ARGV 8 amount, minor units, or '' for all that remains
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, too_many_drawings, exceeds_remaining
-- Effects: voucher.released, now accepted, or released when nothing remains and nothing waits; frozen and freeze;
-- Effects: replies 'due' when time has brought something before
-- @rule voucher:release
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include steps/check-voucher-version
-- @include lib/amount
-- @include lib/room
-- @include lib/unfreeze

local asked = ARGV[8]
local wrong = asked ~= '' and misfit('amount', asked, 1, MAX_AMOUNT)
if wrong then return wrong end
local amount = asked == '' and voucher.remaining or tonumber(asked)
if amount < voucher.remaining and isFullOf(voucher, voucher.drawn) then return reject('too_many_drawings') end
if amount > voucher.remaining or amount == 0 then return reject('exceeds_remaining', integer(voucher.remaining)) end

voucher.remaining, voucher.released = voucher.remaining - amount, voucher.released + amount
unfreeze(key, id, voucher, amount, 0)
local isOver = voucher.remaining == 0 and voucher.pending == 0
local event = {
  type = 'voucher.released',
  by = role,
  state = isOver and 'released' or 'accepted',
  rest = integer(amount),
}
-- @include steps/finish-voucher
-- @include steps/reply-voucher
