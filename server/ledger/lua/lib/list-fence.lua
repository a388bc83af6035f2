-- @include lib/number

-- Enters an issuance or a voucher in the list of fences, unless it is in it.
-- by: the role of the party whose quota has room, or 'hub'. at: since when it waits, ms.
local function listFence(fences, journal, id, by, at)
  if redis.call('ZADD', fences, 'NX', at, id) == 0 then return end
  redis.call('XADD', journal, '*', 'id', id, 'event', 'fence.listed', 'by', by, 'at', integer(at))
end
