-- issuance:open: the issuance request (claim 1); the payer is to send its first account.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: issuance.opened, now opened
-- @rule issuance:open
-- @include steps/read-command
-- @include steps/check-command

local event = { type = 'issuance.opened', by = role, state = 'opened' }
-- @include steps/finish
