-- Blocks an account, or makes it active again; what is frozen stays frozen.
-- KEYS 1 account 2 journal 3 write
-- ARGV 1 party 2 number 3 status 4 digest of what is asked
-- Answers: not_found, conflict
-- Effects: the account's status; account.put in the journal; the write's answer
-- @include lib/account

local key, journal, write = KEYS[1], KEYS[2], KEYS[3]
local party, number, status, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local before = loadAccount(key)
if not before.kind then return reject('not_found') end
-- @include steps/replay-write

redis.call('HSET', key, 'status', status)
redis.call('XADD', journal, '*', 'event', 'account.put', 'party', party, 'account', number, 'kind', before.kind,
  'currency', before.currency, 'total', before.total, 'status', status)
local answer = replyAccount(key)
-- @include steps/finish-write
