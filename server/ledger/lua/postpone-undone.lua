-- (settlement): what can't be done now goes to the end of the queue of things undone, by the store's clock. Of a voucher that
-- is fenced it is put aside, until an operator's decision brings it back (resume-voucher).
-- KEYS 1 undone 2 voucher
-- ARGV 1 entry
-- Effects: the entry's time, if it is still there
-- @include steps/read-clock
-- @include lib/fence
-- @include lib/number
-- @include lib/reply
-- @include lib/undone

local undone, key = KEYS[1], KEYS[2]
local entry = ARGV[1]

local isAside = isFenced({ fence = redis.call('HGET', key, 'q') })
redis.call('ZADD', undone, 'XX', integer(isAside and now + ASIDE_MS or now), entry)
return reply('done')
