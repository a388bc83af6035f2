-- Binds an operator's Idempotency-Key to what is asked with it, in whichever partition that is done.
-- KEYS 1 claim
-- ARGV 1 digest of what is asked
-- Answers: conflict
-- Effects: the claim
-- @include lib/reply
-- @include lib/write

local claim, digest = KEYS[1], ARGV[1]

local before = redis.call('SET', claim, digest, 'NX', 'GET', 'PX', REMEMBERED_MS)
if before and before ~= digest then return reject('conflict') end
return reply('done')
