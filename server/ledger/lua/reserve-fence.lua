-- (issuance:sync, voucher:sync, issuance:check), before an issuance or a voucher is fenced: a party's quota of fences that
-- are listed, in its own partition, where all that it causes is counted, whichever partitions they are in.
-- KEYS 1 caused, the ids of what the party had listed 2 book
-- ARGV 1 id 2 quota 3 the book's id
-- Answers: unavailable
-- Effects: the id counts against the quota, and replies 'new' or 'counted' before; replies 'full' when there is no room,
-- Effects: with ids to be looked at again
-- @include steps/read-clock

-- Those that were decided about since are found by looking: a few at a time, each once a minute.
local LOOKED_AT_AGAIN_MS, LOOKED_AT_ONCE = 60000, 20

local caused = KEYS[1]
local id, quota = ARGV[1], tonumber(ARGV[2])
local books, bookId = { KEYS[2] }, ARGV[3]
-- @include steps/check-book

if redis.call('ZSCORE', caused, id) then return reply('counted') end
if redis.call('ZCARD', caused) >= quota then
  local others = redis.call('ZRANGEBYSCORE', caused, '-inf', now - LOOKED_AT_AGAIN_MS, 'LIMIT', 0, LOOKED_AT_ONCE)
  for _, other in ipairs(others) do redis.call('ZADD', caused, 'XX', now, other) end
  return reply('full', unpack(others))
end

redis.call('ZADD', caused, now, id)
return reply('new')
