-- payer:decline: the payer declines.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 proposed
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- ARGV 10 reason or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: payer.declined, now declined, retired
-- @rule payer:decline
-- @include steps/read-command
-- @include steps/check-command

local proposed, reason = KEYS[5], ARGV[10]
local event = { type = 'payer.declined', by = role, state = 'declined', rest = reason }
-- @include steps/finish-proposed
