-- drawing:refuse: the approver refuses a drawing that waits. Its amount can be drawn again, and is unfrozen where
-- nothing can be drawn any more: after the expiry, or a final drawing.
-- KEYS 1 voucher 2 deadlines 3 journal 4 silence
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- ARGV 8 drawing 9 reason
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: drawing.refused, now accepted or honoured; frozen and freeze; replies 'due' when time has brought something before
-- @rule drawing:refuse
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include lib/amount
-- @include lib/unfreeze
-- @include lib/waiting

local silence = KEYS[4]
local drawingId, reason = ARGV[8], ARGV[9]

local drawing, others = takeWaiting(voucher.waiting, drawingId)
if not drawing then return reject('wrong_state', voucher.state) end
-- @include steps/check-voucher-version
local amount, released = drawing.amount, 0
local wrong = misfit('amount', integer(amount), 1, voucher.pending)
if wrong then return wrong end
voucher.waiting, voucher.drawn = others, voucher.drawn - 1
voucher.pending = voucher.pending - amount
if voucher.isFinal or now >= voucher.expiresAt then
  released = amount
  voucher.released = voucher.released + amount
  unfreeze(key, id, voucher, amount, 0)
else
  voucher.remaining = voucher.remaining + amount
end
local isOver = voucher.isFinal and voucher.remaining == 0 and voucher.pending == 0
local event = {
  type = 'drawing.refused',
  by = role,
  state = isOver and 'honoured' or 'accepted',
  rest = table.concat({ drawingId, integer(amount), integer(released), reason }, '|'),
  set = { 'w', voucher.waiting },
}
-- @include steps/stop-waiting
-- @include steps/finish-voucher
-- @include steps/reply-voucher
