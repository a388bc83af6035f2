-- (census): how long lists of one server are.
-- KEYS 1 lists
-- Effects: none; replies with the number of entries of each, or '' where there is something else under the key
-- @include lib/number
-- @include lib/reply

local lists = { unpack(KEYS, 1) }

local counts = {}
for place, list in ipairs(lists) do
  local count = tonumber(redis.pcall('ZCARD', list))
  counts[place] = count and integer(count) or ''
end
return reply('done', unpack(counts))
