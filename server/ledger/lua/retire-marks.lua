-- (retiring): the marks of what a voucher's drawings were paid into leave the store, since the archive has both sides.
-- KEYS 1 book 2 marks, one for each attempt
-- ARGV 1 the book's id 2 for each attempt two: its number, and the digest of the event that honoured the drawing
-- Answers: unavailable
-- Effects: those marks are gone, as far as they are of that drawing
-- @include lib/reply

local books, bookId = { KEYS[1] }, ARGV[1]
local marks = { unpack(KEYS, 2) }
local attempts = { unpack(ARGV, 2) }
-- @include steps/check-book

for position, key in ipairs(marks) do
  local attempt, digest = attempts[2 * position - 1], attempts[2 * position]
  local stored = redis.call('HGET', key, attempt)
  if stored and string.sub(stored, 1, 12) == digest then redis.call('HDEL', key, attempt) end
end
return reply('done')
