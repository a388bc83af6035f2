-- Begins the book in one partition: writes its marker, unless the partition has one.
-- KEYS 1 book
-- ARGV 1 id 2 partitions 3 format 4 'beginning' while other partitions are still without their marker, or ''
-- ARGV 5 'operator' when an operator accepts that what was there is lost, or ''
-- Effects: the partition's marker; replies with the id that it has now, and 'new' when it was written
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply

local book = KEYS[1]
local id, partitions, format, beginning, operator = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local before, restoring = unpack(redis.call('HMGET', book, 'id', 'restoring'))
-- A book that is made anew in it has it already.
if before or restoring then return reply('done', before or restoring, '') end
redis.call('HSET', book, 'id', id, 'partitions', partitions, 'format', format)
if beginning ~= '' then redis.call('HSET', book, 'beginning', '1') end
if operator ~= '' then redis.call('HSET', book, 'acceptedAt', integer(now)) end
return reply('done', id, 'new')
