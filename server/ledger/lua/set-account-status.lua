-- Blocks an account, or makes it active again; what is frozen stays frozen.
-- KEYS 1 account 2 journal
-- ARGV 1 party 2 number 3 status
-- Answers: not_found
-- Effects: the account's status; account.put in the journal
-- @include lib/account

local key, journal = KEYS[1], KEYS[2]
local party, number, status = ARGV[1], ARGV[2], ARGV[3]

local before = loadAccount(key)
if not before.kind then return reject('not_found') end

redis.call('HSET', key, 'status', status)
redis.call('XADD', journal, '*', 'event', 'account.put', 'party', party, 'account', number, 'kind', before.kind,
  'currency', before.currency, 'total', before.total, 'status', status)
return replyAccount(key)
