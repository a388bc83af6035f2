-- Puts issuances that are open back into their issuers' index, where a store that went back in time has lost them.
-- KEYS 1 open 2 requested 3 book 4 requests, one for each issuance
-- ARGV 1 the book's id 2 for each issuance its member of the index
-- Answers: unavailable
-- Effects: the entries and requests that were missing; replies with how many there were
-- @include lib/open-member
-- @include lib/request-form
-- @include lib/number

local open, requested = KEYS[1], KEYS[2]
local books, bookId = { KEYS[3] }, ARGV[1]
local requests = { unpack(KEYS, 4) }
local members = { unpack(ARGV, 2) }
-- @include steps/check-book

local restored = 0
for position, request in ipairs(requests) do
  local member = members[position]
  local indexedAt, partition = string.match(member, OPEN_MEMBER_PARTS)
  local own = string.format(REQUEST, partition, indexedAt)
  if redis.call('GET', request) ~= own or not redis.call('ZSCORE', open, member) then
    redis.call('SET', request, own)
    if redis.call('ZADD', open, 0, member) == 1 then
      redis.call('HINCRBY', requested, string.match(member, '^[^:]*'), 1)
    end
    restored = restored + 1
  end
end
return reply('done', integer(restored))
