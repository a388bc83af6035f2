-- (restore): the partition is the book's from now on, and is served.
-- KEYS 1 book
-- ARGV 1 id of the book 2 partitions 3 format 4 name of the book's archive, or ''
-- Answers: conflict
-- Effects: the partition's marker
-- @include lib/reply

local book = KEYS[1]
local id, partitions, format, archive = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local present, restoring, restored = unpack(redis.call('HMGET', book, 'id', 'restoring', 'restored'))
if present == id then return reply('done') end
if present or restoring ~= id or not restored then return reject('conflict', present or '') end
redis.call('HSET', book, 'id', id, 'partitions', partitions, 'format', format)
if archive ~= '' then redis.call('HSET', book, 'archive', archive) end
redis.call('HDEL', book, 'restoring', 'restored')
return reply('done')
