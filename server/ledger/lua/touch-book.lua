-- Readiness: writes a partition's marker once more as it is, to find out whether the server takes writes now.
-- KEYS 1 book
-- ARGV 1 id
-- Effects: none that can be seen
-- @include lib/reply

local book = KEYS[1]
local id = ARGV[1]

if redis.call('HGET', book, 'id') == id then redis.call('HSET', book, 'id', id) end
return reply('done')
