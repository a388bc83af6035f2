-- payer:request, before the issuance is made: the issuer's own index, in the issuer's partition.
-- KEYS 1 request 2 open
-- ARGV 1 id 2 issuer 3 payer's partition
-- Answers: conflict
-- Effects: the issuer's index names the issuance; replies with the time of the entry, ms
-- @include lib/time
-- @include lib/reply

local request, open = KEYS[1], KEYS[2]
local id, issuer, partition = ARGV[1], ARGV[2], ARGV[3]

local stored = redis.call('GET', request)
local indexedAt = integer(now)
if stored then
  local partitionBefore, timeBefore = string.match(stored, '^(%d+):(%d+)$')
  if partitionBefore ~= partition then return refuse('conflict', 'commandId') end
  return { 'done', timeBefore }
end

redis.call('SET', request, partition .. ':' .. indexedAt)
redis.call('ZADD', open, 0, issuer .. ':' .. indexedAt .. ':' .. id)
return { 'done', indexedAt }
