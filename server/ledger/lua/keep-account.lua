-- account:keep: the payer keeps the account that was verified before the change.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: account.kept, now verified
-- @rule account:keep
-- @include steps/read-command
-- @include steps/check-command

local rest = issuance.kind .. '|' .. issuance.last4
local event = { type = 'account.kept', by = role, state = 'verified', rest = rest }
-- @include steps/finish
