-- voucher:reject: the beneficiary does not want the voucher; all of it is unfrozen.
-- KEYS 1 voucher 2 deadlines 3 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- ARGV 8 reason or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: voucher.rejected, now rejected; frozen and freeze; replies 'due' when time has brought something before
-- @rule voucher:reject
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include steps/check-voucher-version

local reason = ARGV[8]
-- @include steps/unfreeze-rest
local event = { type = 'voucher.rejected', by = role, state = 'rejected', rest = reason }
-- @include steps/finish-voucher
-- @include steps/reply-voucher
