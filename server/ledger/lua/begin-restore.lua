-- (restore): begins to make the book anew in one partition, which has none, or one in which nothing has happened; or begins
-- it once more.
-- KEYS 1 book
-- ARGV 1 id of the book 2 id of the one that it replaces, or ''
-- Answers: conflict
-- Effects: the partition says that it is being restored, and holds nothing yet that counts
-- @include lib/reply

local book = KEYS[1]
local id, replaced = ARGV[1], ARGV[2]

local present, restoring = unpack(redis.call('HMGET', book, 'id', 'restoring'))
if present and present ~= replaced then return reject('conflict', present) end
if restoring and restoring ~= id then return reject('conflict', restoring) end
redis.call('HDEL', book, 'id', 'partitions', 'format', 'beginning', 'acceptedAt', 'archive', 'restored')
redis.call('HSET', book, 'restoring', id)
return reply('done')
