-- webhooks: an operator is about to do something to an endpoint, which is in the archive; the journal has who, as of all else.
-- KEYS 1 book 2 write 3 journal
-- ARGV 1 bookId 2 what is done, as the entry has it 3 id of the endpoint 4 the delivery that is sent again, or '' 5 digest of what is asked
-- Answers: unavailable, conflict
-- Effects: webhook.put, webhook.rotated, webhook.deleted or webhook.resent in the journal, once for each write
-- @include lib/write

local books, write, journal = { KEYS[1] }, KEYS[2], KEYS[3]
local bookId, act, webhook, delivery, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- @include steps/check-book
-- @include steps/replay-write
redis.call('XADD', journal, '*', 'event', act, 'webhook', webhook, 'delivery', delivery,
  'write', journaledWrite(write, digest))
local answer = reply('done')
-- @include steps/finish-write
