-- (documents): a public key stays published until what it has signed has expired; keys that were needed before now go.
-- KEYS 1 signing keys 2 book 3 journal
-- ARGV 1 bookId 2 public key 3 until when, milliseconds
-- Answers: unavailable
-- Effects: the key with the latest time that was ever asked for it; key.published in the journal when that is a later one
-- @include steps/read-clock
-- @include lib/number

local keys, books, journal = KEYS[1], { KEYS[2] }, KEYS[3]
local bookId, key, untilMs = ARGV[1], ARGV[2], ARGV[3]

-- @include steps/check-book
if tonumber(untilMs) > now and redis.call('ZADD', keys, 'GT', 'CH', untilMs, key) == 1 then
  redis.call('XADD', journal, '*', 'event', 'key.published', 'key', key, 'until', untilMs)
end
for _, ended in ipairs(redis.call('ZRANGEBYSCORE', keys, 0, integer(now))) do redis.call('ZREM', keys, ended) end
return reply('done')
