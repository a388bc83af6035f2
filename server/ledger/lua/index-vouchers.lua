-- Enters vouchers in an index of their parties' partition, as they live or have ended, or takes out what is none.
-- KEYS 1 liveVouchers 2 endedVouchers 3 untouched 4 book 5 vouchers, of those that are in this partition
-- ARGV 1 the book's id 2 for each voucher four: its member of the index, how it was found ('new', 'live', 'ended' or
-- ARGV 'gone'), its place among the vouchers, or '', and its member of the index of untouched ones, or ''
-- Answers: unavailable
-- Effects: each is in one of the first two, or in none; what is new is among those that live unless it has ended
-- Effects: what a voucher in this partition is now counts for more than how it was found: the store may have gone back since
-- Effects: one that its beneficiary has not touched is in the index of those, unless it has ended
-- @include lib/open-member

local liveVouchers, endedVouchers, untouched = KEYS[1], KEYS[2], KEYS[3]
local books, bookId = { KEYS[4] }, ARGV[1]
local vouchers = { unpack(KEYS, 5) }
local entries = { unpack(ARGV, 2) }
-- @include steps/check-book

local function stateNow(voucher, member)
  local terms, standing = unpack(redis.call('HMGET', voucher, 'o', 's'))
  if not terms or not standing then return 'gone' end
  local at = string.match(member, OPEN_MEMBER_PARTS)
  -- It was issued anew.
  if string.match(terms, '^' .. string.rep('[^\31]*\31', 7) .. '(%d+)') ~= at then return 'gone' end
  local state = string.match(standing, '^[^\31]*\31([^\31]*)')
  return VOUCHER_ENDS[state] and 'ended' or 'live', state ~= 'issued'
end

for position = 1, #entries, 4 do
  local member, state, place, pair = unpack(entries, position, position + 3)
  local voucher, isTouched = vouchers[tonumber(place)], false
  if voucher then state, isTouched = stateNow(voucher, member) end
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
  -- What was touched, or has ended, is taken out by the hub, which looks at the voucher (ledger/untouched.ts).
  local lives = state == 'live' or (state == 'new' and not redis.call('ZSCORE', endedVouchers, member))
  if pair ~= '' and lives and not isTouched then redis.call('ZADD', untouched, 0, pair) end
end
return reply('done')
