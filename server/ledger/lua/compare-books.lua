-- (hub): which of the partitions of one server do not hold a book, or not all of it yet.
-- KEYS 1 books
-- ARGV 1 the book's id 2 into how many partitions it is cut 3 its format
-- Effects: none; replies with the place of each such partition among those that were named, the first being 1
-- @include lib/number
-- @include lib/reply

local books = { unpack(KEYS, 1) }
local id, partitions, format = ARGV[1], ARGV[2], ARGV[3]

local others = {}
for place, book in ipairs(books) do
  -- Whatever else is under the key is no marker.
  local marker = redis.pcall('HMGET', book, 'id', 'partitions', 'format', 'restoring')
  if marker[1] ~= id or marker[2] ~= partitions or marker[3] ~= format or marker[4] then
    others[#others + 1] = integer(place)
  end
end
return reply('done', unpack(others))
