-- audit: an account and the sum of its freezes at one moment.
-- KEYS 1 account 2 freezes
-- Answers: not_found
-- Effects: none; replies with the account, the sum of its freezes and their count
-- @include lib/account
-- @include lib/number

local key, freezes = KEYS[1], KEYS[2]

local account = loadAccount(key)
if not account.kind then return reject('not_found') end
local sum, count = 0, 0
for _, amount in ipairs(redis.call('HVALS', freezes)) do
  sum = sum + tonumber(amount)
  count = count + 1
end

return replyAccount(key, account, integer(sum), integer(count))
