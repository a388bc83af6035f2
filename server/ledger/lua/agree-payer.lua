-- payer:agree: the payer agrees to stand behind the voucher.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 proposed
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: payer.agreed, now agreed
-- @rule payer:agree
-- @include steps/read-command
-- @include steps/check-command

local proposed = KEYS[5]
local event = { type = 'payer.agreed', by = role, state = 'agreed' }
-- @include steps/finish-proposed
