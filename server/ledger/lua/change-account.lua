-- account:change: either side asks for another payment account; the hub's consent is the acknowledgement.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- ARGV 10 reason or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, change_not_allowed
-- Effects: account.change_agreed, now changing
-- @rule account:change
-- @include steps/read-command
-- @include steps/check-command

local reason = ARGV[10]
local changes = tonumber(issuance.changes)
-- Changes never grow fewer, so that a repeat is refused alike; what was stored for each commandId would let one party
-- grow the record without end.
if changes >= MAX_CHANGES then return reject('change_not_allowed') end

issuance.changes = integer(changes + 1)
local rest = issuance.changes .. '|' .. reason
local event = { type = 'account.change_agreed', by = role, state = 'changing', rest = rest }
-- @include steps/finish
