-- Reads the store's clock, so that all hubs agree: integer milliseconds since the epoch.
-- Takes: nothing
-- Leaves: now

local now
do
  local clock = redis.call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end
