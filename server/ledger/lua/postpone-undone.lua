-- (settlement): what can't be done now goes to the end of the queue of things undone, by the store's clock.
-- KEYS 1 undone
-- ARGV 1 entry
-- Effects: the entry's time, if it is still there
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply

local undone = KEYS[1]
local entry = ARGV[1]

redis.call('ZADD', undone, 'XX', integer(now), entry)
return reply('done')
