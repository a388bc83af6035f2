-- (sweep): the issuances of a partition whose deadline may have passed, by the clock of the server that has them.
-- KEYS 1 deadlines
-- ARGV 1 how many to pass over 2 how many at most
-- Effects: none; replies with their ids, the earliest deadline first
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply

local deadlines = KEYS[1]
local skip, limit = ARGV[1], ARGV[2]

local ids = redis.call('ZRANGEBYSCORE', deadlines, 0, integer(now), 'LIMIT', skip, limit)
return reply('done', unpack(ids))
