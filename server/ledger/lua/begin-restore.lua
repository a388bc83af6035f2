-- (restore): begins to make the book anew in one partition, which has none; or begins it once more.
-- KEYS 1 book
-- ARGV 1 id of the book
-- Answers: conflict
-- Effects: the partition says that it is being restored, and holds nothing yet that counts
-- @include lib/reply

local book = KEYS[1]
local id = ARGV[1]

local present, restoring = unpack(redis.call('HMGET', book, 'id', 'restoring'))
if present then return reject('conflict', present) end
if restoring and restoring ~= id then return reject('conflict', restoring) end
redis.call('HSET', book, 'restoring', id)
redis.call('HDEL', book, 'restored')
return reply('done')
