-- GET settlement, (settlement): a settlement as it stands, and its voucher's terms.
-- KEYS 1 voucher 2 journal
-- ARGV 1 version of the event that honoured the drawing
-- Answers: not_found
-- Effects: none; replies with the settlement, 'fenced' where an operator has to decide about its voucher, how far the
-- Effects: journal goes, '' where that event says all there is, and the terms
-- @include lib/fence
-- @include lib/mark
-- @include lib/reply
-- @include lib/settlement

local key, journal = KEYS[1], KEYS[2]
local version = ARGV[1]

local terms, stored, fence = unpack(redis.call('HMGET', key, 'o', 'z:' .. version, 'q'))
if not terms or not stored then return reject('not_found') end
local state, _, attempt = string.match(stored, SETTLEMENT_PARTS)
local isAsItBegan = state == 'open' and attempt == '1'
local fenced = isFenced({ fence = fence }) and 'fenced' or ''
return reply('done', stored, fenced, isAsItBegan and '' or markOf(journal), terms)
