-- The store's clock, so that all hubs agree: integer milliseconds since the epoch.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Lua writes large numbers with an exponent unless told otherwise.
local function integer(number)
  return string.format('%.0f', number)
end
