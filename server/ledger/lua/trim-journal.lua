-- (retiring): the journal begins with a later entry, since the archive has those before it. One call takes out a few
-- thousand at the most.
-- KEYS 1 journal 2 book
-- ARGV 1 the entry that is the first then 2 the book's id
-- Answers: unavailable
-- Effects: the entries before it are gone; replies 'done', or 'kept' when that entry is not there, and how many are gone
-- @include lib/number
-- @include lib/reply

local journal, books = KEYS[1], { KEYS[2] }
local first, bookId = ARGV[1], ARGV[2]
-- @include steps/check-book

-- A store that has gone back may lack it.
if not redis.call('XRANGE', journal, first, first)[1] then return reply('kept', '0') end
local MOST, MOST_OF_NODE = 2000, 200
-- Whole nodes of the stream are taken out at once; what is left then are a few.
local gone = redis.call('XTRIM', journal, 'MINID', '~', first, 'LIMIT', MOST)
if gone < MOST - MOST_OF_NODE then gone = gone + redis.call('XTRIM', journal, 'MINID', first) end
return reply('done', integer(gone))
