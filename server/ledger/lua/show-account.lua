-- POST show: an operator asks for an account with its whole number, and the journal says so; nothing of the account is changed.
-- KEYS 1 account 2 journal 3 write
-- ARGV 1 party 2 number 3 digest of what is asked
-- Answers: not_found, conflict
-- Effects: account.shown in the journal; the write's answer
-- @include lib/account
-- @include lib/write

local key, journal, write = KEYS[1], KEYS[2], KEYS[3]
local party, number, digest = ARGV[1], ARGV[2], ARGV[3]

local account = loadAccount(key)
if not account.kind then return reject('not_found') end
-- @include steps/replay-write

redis.call('XADD', journal, '*', 'event', 'account.shown', 'party', party, 'account', number, 'write', journaledWrite(write, digest))
-- The mark always: the number is given once the entry is as durable as an issue.
local answer = replyAccount(key, account, '', markOf(journal))
-- @include steps/finish-write
