-- account:change: either side asks for another payment account; the hub's consent is the acknowledgement.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- ARGV 8 reason or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, change_not_allowed
-- Effects: account.change_agreed, now changing
-- @rule account:change
-- @include lib/command

local reason = ARGV[8]

local issuance, stored = recall()
local role, refused = check(issuance, stored)
if not role then return refused end
if issuance.changes >= LIFECYCLE.maxChanges then
  redis.call('HSET', keys.issuance, answer(issuance, issuance.version, 'change_not_allowed'))
  return refuse('change_not_allowed')
end

issuance.changes = issuance.changes + 1
return done(issuance, {
  type = 'account.change_agreed',
  by = role,
  state = 'changing',
  rest = integer(issuance.changes) .. '|' .. reason,
})
