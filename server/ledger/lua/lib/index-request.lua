-- The issuer's own index, which names each request that it has made.
-- Takes: now
-- @include lib/number
-- @include lib/open-member
-- @include lib/reply

-- Answers the time of the entry, ms; or nil and the refusal, when the commandId was used for another payer.
local function indexRequest(request, open, id, issuer, partition)
  local stored = redis.call('GET', request)
  if stored then
    local partitionBefore, timeBefore = string.match(stored, '^(%d+):(%d+)$')
    if partitionBefore ~= partition then return nil, reject('conflict', 'commandId') end
    return timeBefore
  end
  local indexedAt = integer(now)
  redis.call('SET', request, partition .. ':' .. indexedAt)
  redis.call('ZADD', open, 0, string.format(OPEN_MEMBER, issuer, indexedAt, id))
  return indexedAt
end
