-- forget: what people have written of a party's issuances and vouchers is to be blanked once they have ended and left the store.
-- KEYS 1 book 2 write 3 journal
-- ARGV 1 bookId 2 party 3 digest of what is asked
-- Answers: unavailable, conflict
-- Effects: party.forgotten in the journal, which the archive acts on; the write's answer; replies with the time, milliseconds
-- @include steps/read-clock
-- @include lib/number
-- @include lib/write

local books, write, journal = { KEYS[1] }, KEYS[2], KEYS[3]
local bookId, party, digest = ARGV[1], ARGV[2], ARGV[3]

-- @include steps/check-book
-- @include steps/replay-write
redis.call('XADD', journal, '*', 'event', 'party.forgotten', 'party', party, 'until', integer(now),
  'write', journaledWrite(write, digest))
local answer = reply('done', integer(now))
-- @include steps/finish-write
