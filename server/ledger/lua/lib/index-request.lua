-- What the issuer's partition remembers of a request, and the issuer's own index, which names it as long as the
-- issuance is open. The two are written together, with the count of such entries (OPEN_PER_ISSUER), and a request without
-- an entry in the index has a time to live.
-- @include lib/open-member
-- @include lib/reply
-- @include lib/request-form

-- The time of the entry, ms, and whether the issuance has ended, or nil when nothing is remembered; or nil, nil and the
-- refusal, when the commandId was used for a payer in another partition.
local function findRequest(request, partition)
  local stored = redis.call('GET', request)
  if not stored then return nil end
  local partitionBefore, indexedAt, mark = string.match(stored, REQUEST_PARTS)
  if partitionBefore ~= partition then return nil, nil, reject('conflict', 'commandId') end
  return indexedAt, mark == ':ended'
end

-- How many requests of an issuer are in its index.
local function countRequested(requested, issuer)
  return tonumber(redis.call('HGET', requested, issuer) or 0)
end

-- It stays for as long as the issuance is open.
local function writeRequest(request, open, requested, id, issuer, partition, indexedAt)
  redis.call('SET', request, string.format(REQUEST, partition, indexedAt))
  if redis.call('ZADD', open, 0, string.format(OPEN_MEMBER, issuer, indexedAt, id)) == 1 then
    redis.call('HINCRBY', requested, issuer, 1)
  end
end
