-- drawing:approve: the approver lets a drawing that waits be honoured.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 silence
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- ARGV 8 drawing 9 mode of the settlement
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: drawing.honoured, now accepted or honoured; money, freeze, clearing and settlement
-- Effects: replies 'due' when time has brought something before
-- @rule drawing:approve
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include lib/honour
-- @include lib/waiting

local sums, undone, openSettlements, silence = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local drawingId, mode = ARGV[8], ARGV[9]

local drawing, others = takeWaiting(voucher.waiting, drawingId)
if not drawing then return reject('wrong_state', voucher.state) end
-- @include steps/check-voucher-version
drawing.isWaiting = true
-- @include steps/check-drawing
voucher.waiting = others
local event = honour(key, id, voucher, sums, drawing, role, mode)
event.set = { 'w', voucher.waiting }
-- @include steps/stop-waiting
-- @include steps/finish-voucher
-- @include steps/open-settlement
-- @include steps/reply-voucher
