-- audit: an account, how many freezes it has, and how far its partition's journal goes, at one moment.
-- KEYS 1 account 2 freezes 3 journal
-- Answers: not_found
-- Effects: none; replies with the account, the count of its freezes and the id of the journal's last entry
-- @include lib/account
-- @include lib/mark
-- @include lib/number

local key, freezes, journal = KEYS[1], KEYS[2], KEYS[3]

local account = loadAccount(key)
if not account.kind then return reject('not_found') end
local count = redis.call('HLEN', freezes)
return replyAccount(key, account, integer(count), markOf(journal))
