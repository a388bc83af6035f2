-- Notes that a hub is there, and since when none was: silence honours only what somebody could have refused. It is kept
-- for a partition as long as drawings wait in it. outageMs is from how long on the absence of all hubs is one.
-- Takes: now, silence, journal, outageMs
-- Leaves: outages
-- @include lib/outage

local outages = ''
do
  local swept, noted = unpack(redis.call('HMGET', silence, 'swept', 'outages'))
  outages = noted or ''
  local gap = swept and now - swept or 0
  if gap > outageMs then
    outages = withOutage(outages, tonumber(swept), now)
    redis.call('HSET', silence, 'swept', integer(now), 'outages', outages)
    redis.call('XADD', journal, '*', 'event', 'outage.noted', 'from', swept, 'to', integer(now))
  elseif gap > outageMs / 4 then
    redis.call('HSET', silence, 'swept', integer(now))
  end
end
