-- (settlement): an entry of the queue of things undone is done, or is nothing that a hub could do.
-- KEYS 1 undone 2 voucher
-- ARGV 1 entry 2 version of the event that honoured the drawing, or '' where the entry is a voucher's
-- Effects: the entry is gone, unless its settlement is to be carried out, as when an operator has just redirected it
-- @include lib/reply
-- @include lib/settlement

local undone, key = KEYS[1], KEYS[2]
local entry, version = ARGV[1], ARGV[2]

local stored = version ~= '' and redis.call('HGET', key, 'z:' .. version)
local state, mode = string.match(stored or '', SETTLEMENT_PARTS)
if state ~= 'open' or mode ~= 'book' then redis.call('ZREM', undone, entry) end
return reply('done')
