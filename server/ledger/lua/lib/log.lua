-- The events of an issuance's log after a version, up to another, as one text; nil when there are none.
local function eventsOf(key, after, last)
  local versions = {}
  for version = after + 1, last do versions[#versions + 1] = string.format('%d', version) end
  return versions[1] and table.concat(redis.call('HMGET', key, unpack(versions)), SEPARATOR)
end
