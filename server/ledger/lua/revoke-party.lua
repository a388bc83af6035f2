-- POST revoke: the tokens of a party that were made until now are good no more.
-- KEYS 1 revoked 2 book 3 write 4 journal
-- ARGV 1 bookId 2 party 3 digest of what is asked
-- Answers: unavailable, conflict
-- Effects: the party's time; tokens.revoked in the journal; the write's answer; replies with the time, milliseconds
-- @include steps/read-clock
-- @include lib/number
-- @include lib/write

local revoked, books, write, journal = KEYS[1], { KEYS[2] }, KEYS[3], KEYS[4]
local bookId, party, digest = ARGV[1], ARGV[2], ARGV[3]

-- @include steps/check-book
-- @include steps/replay-write
redis.call('ZADD', revoked, 'GT', integer(now), party)
redis.call('XADD', journal, '*', 'event', 'tokens.revoked', 'party', party, 'until', integer(now),
  'write', journaledWrite(write, digest))
local answer = reply('done', integer(now))
-- @include steps/finish-write
