-- Binds an operator's Idempotency-Key to what is asked with it, in whichever partition that is done.
-- KEYS 1 claim 2 book
-- ARGV 1 digest of what is asked 2 bookId
-- Answers: unavailable, conflict
-- Effects: the claim
-- @include lib/reply
-- @include lib/write

local claim, books = KEYS[1], { KEYS[2] }
local digest, bookId = ARGV[1], ARGV[2]
-- @include steps/check-book

local before = redis.call('SET', claim, digest, 'NX', 'GET', 'PX', REMEMBERED_MS)
if before and before ~= digest then return reject('conflict') end
return reply('done')
