-- (MIN_REPLICAS): writes after an event that the store has, so that a replica with this write has the event too.
-- KEYS 1 record, whose log has the event 2 confirmed
-- ARGV 1 version 2 digest
-- Answers: not_found
-- Effects: the event's digest under the key confirmed; replicas are then waited for
-- @include lib/reply

local record, confirmed = KEYS[1], KEYS[2]
local version, digest = ARGV[1], ARGV[2]

local line = redis.call('HGET', record, version)
if string.sub(line or '', 1, #digest) ~= digest then return reject('not_found') end
redis.call('SET', confirmed, digest)
return reply('done')
