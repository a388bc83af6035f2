-- Notes that a hub is there, and since when none was: silence honours only what somebody could have refused. It is kept
-- for a partition as long as drawings wait in it. outages: 'from:to' by blanks, ms, the oldest first.
-- Takes: now, silence
-- Leaves: outages
-- @include lib/number
-- @include lib/outage

local outages = ''
do
  local swept, noted = unpack(redis.call('HMGET', silence, 'swept', 'outages'))
  outages = noted or ''
  local gap = swept and now - swept or 0
  if gap > OUTAGE_MS then
    -- Few are remembered: of more, the two oldest count as one, which gives the approver more time and never less.
    local _, count = string.gsub(outages, ':', '')
    if count >= MAX_OUTAGES then outages = string.gsub(outages, '^(%d+:)%d+ %d+:', '%1') end
    outages = (outages == '' and '' or outages .. ' ') .. swept .. ':' .. integer(now)
    redis.call('HSET', silence, 'swept', integer(now), 'outages', outages)
  elseif gap > OUTAGE_MS / 4 then
    redis.call('HSET', silence, 'swept', integer(now))
  end
end
