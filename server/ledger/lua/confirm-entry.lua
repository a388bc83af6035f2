-- (MIN_REPLICAS): writes after an entry of the partition's journal, so that a replica with this write has the entry too, and
-- all that was written before it.
-- KEYS 1 journal 2 confirmed
-- ARGV 1 the entry's id
-- Answers: not_found
-- Effects: the entry's id under the key confirmed; replicas are then waited for
-- @include lib/reply

local journal, confirmed = KEYS[1], KEYS[2]
local entry = ARGV[1]

if not redis.call('XREVRANGE', journal, entry, entry)[1] then return reject('not_found') end
redis.call('SET', confirmed, entry)
return reply('done')
