-- (restore): all that the partition has to hold is in it. Its server keeps the order of writes, so that what it has lost
-- before this it has lost together with it.
-- KEYS 1 book
-- ARGV 1 id of the book
-- Answers: conflict
-- Effects: the partition says so
-- @include lib/reply

local book = KEYS[1]
local id = ARGV[1]

if redis.call('HGET', book, 'restoring') ~= id then return reject('conflict') end
redis.call('HSET', book, 'restored', '1')
return reply('done')
