-- voucher:accept: the beneficiary takes the voucher.
-- KEYS 1 voucher 2 deadlines 3 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: voucher.accepted, now accepted; replies 'due' when time has brought something before
-- @rule voucher:accept
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include steps/check-voucher-version

local event = { type = 'voucher.accepted', by = role, state = 'accepted' }
-- @include steps/finish-voucher
-- @include steps/reply-voucher
