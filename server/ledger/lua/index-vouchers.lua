-- Enters vouchers in an index of their parties' partition, as they live or have ended, or takes out what is none.
-- KEYS 1 liveVouchers 2 endedVouchers 3 book
-- ARGV 1 the book's id 2 for each voucher two: its member of the index, and 'new', 'live', 'ended' or 'gone'
-- Answers: unavailable
-- Effects: each is in one of the two, or in none; what is new is among those that live unless it has ended

local liveVouchers, endedVouchers = KEYS[1], KEYS[2]
local books, bookId = { KEYS[3] }, ARGV[1]
local entries = { unpack(ARGV, 2) }
-- @include steps/check-book

for position = 1, #entries, 2 do
  local member, state = entries[position], entries[position + 1]
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
