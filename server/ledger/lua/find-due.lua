-- (sweep): the partitions of one server in which a sweep may have something to do, by the server's clock.
-- KEYS 1 queues: of each partition its deadlines, its undone and its silence
-- Effects: none; replies with the place of each such partition among those that were named, the first being 1
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply
-- @include lib/undone

local queues = { unpack(KEYS, 1) }

local function isDue(queue, untilMs)
  return redis.call('ZRANGEBYSCORE', queue, 0, integer(untilMs), 'LIMIT', 0, 1)[1] ~= nil
end

local found = {}
for place = 1, #queues / 3 do
  local deadlines, undone, silence = unpack(queues, 3 * place - 2, 3 * place)
  -- Where drawings wait, a sweep notes that a hub is there.
  if isDue(deadlines, now) or isDue(undone, now - UNDONE_AFTER_MS) or redis.call('EXISTS', silence) == 1 then
    found[#found + 1] = integer(place)
  end
end
return reply('done', unpack(found))
