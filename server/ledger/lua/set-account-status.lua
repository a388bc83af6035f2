-- Blocks an account, or makes it active again; what is frozen stays frozen.
-- KEYS 1 account 2 journal 3 write
-- ARGV 1 party 2 number 3 status 4 digest of what is asked
-- Answers: not_found, conflict
-- Effects: the account's status; account.blocked or account.unblocked in the journal; the write's answer
-- @include lib/account
-- @include lib/write

local key, journal, write = KEYS[1], KEYS[2], KEYS[3]
local party, number, status, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local before = loadAccount(key)
if not before.kind then return reject('not_found') end
-- @include steps/replay-write

redis.call('HSET', key, 'status', status)
local event = status == 'blocked' and 'account.blocked' or 'account.unblocked'
redis.call('XADD', journal, '*', 'event', event, 'party', party, 'account', number, 'write', journaledWrite(write, digest))
local answer = replyAccount(key)
-- @include steps/finish-write
