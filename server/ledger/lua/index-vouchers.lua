-- Enters vouchers in an index of their parties' partition, as they live or have ended, or takes out what is none.
-- KEYS 1 liveVouchers 2 endedVouchers 3 book 4 vouchers, of those that are in this partition
-- ARGV 1 the book's id 2 for each voucher three: its member of the index, how it was found ('new', 'live', 'ended' or
-- ARGV 'gone'), and its place among the vouchers, or ''
-- Answers: unavailable
-- Effects: each is in one of the two, or in none; what is new is among those that live unless it has ended
-- Effects: what a voucher in this partition is now counts for more than how it was found: the store may have gone back since
-- @include lib/open-member

local liveVouchers, endedVouchers = KEYS[1], KEYS[2]
local books, bookId = { KEYS[3] }, ARGV[1]
local vouchers = { unpack(KEYS, 4) }
local entries = { unpack(ARGV, 2) }
-- @include steps/check-book

local function stateNow(voucher, member)
  local terms, standing = unpack(redis.call('HMGET', voucher, 'o', 's'))
  if not terms or not standing then return 'gone' end
  local at = string.match(member, OPEN_MEMBER_PARTS)
  -- It was issued anew.
  if string.match(terms, '^' .. string.rep('[^\31]*\31', 7) .. '(%d+)') ~= at then return 'gone' end
  return VOUCHER_ENDS[string.match(standing, '^[^\31]*\31([^\31]*)')] and 'ended' or 'live'
end

for position = 1, #entries, 3 do
  local member, state, place = unpack(entries, position, position + 2)
  local voucher = vouchers[tonumber(place)]
  if voucher then state = stateNow(voucher, member) end
  if state == 'ended' then
    redis.call('ZREM', liveVouchers, member)
    redis.call('ZADD', endedVouchers, 0, member)
  elseif state == 'live' then
    redis.call('ZREM', endedVouchers, member)
    redis.call('ZADD', liveVouchers, 0, member)
  elseif state == 'gone' then
    redis.call('ZREM', liveVouchers, member)
    redis.call('ZREM', endedVouchers, member)
  elseif not redis.call('ZSCORE', endedVouchers, member) then
    redis.call('ZADD', liveVouchers, 0, member)
  end
end
return reply('done')
