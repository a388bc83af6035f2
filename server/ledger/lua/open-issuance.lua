-- issuance:open: the issuance request (claim 1); the payer is to send its first account.
-- KEYS 1 issuance 2 events 3 deadlines 4 open 5 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- Effects: issuance.opened, now opened
-- @rule issuance:open
-- @include lib/command

local issuance = load(keys.issuance)
local role, refused = check(issuance)
if not role then return refused end

return done(issuance, { type = 'issuance.opened', by = role, state = 'opened' })
