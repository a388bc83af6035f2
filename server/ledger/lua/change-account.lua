-- account:change: either side asks for another payment account; the hub's consent is the acknowledgement.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- ARGV 8 reason or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, change_not_allowed
-- Effects: account.change_agreed, now changing
-- @rule account:change
-- @include lib/check

local reason = ARGV[8]
local changes = tonumber(issuance.changes)
if changes >= MAX_CHANGES then
  redis.call('HSET', key, memory, payload .. ' ' .. integer(issuance.version) .. ' change_not_allowed')
  return refuse('change_not_allowed')
end

issuance.changes = integer(changes + 1)
local rest = issuance.changes .. '|' .. reason
local event = { type = 'account.change_agreed', by = role, state = 'changing', rest = rest }
-- @include lib/done
