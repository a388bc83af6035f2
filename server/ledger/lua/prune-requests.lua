-- Takes issuances that have ended, or that were never made, out of their issuers' index.
-- KEYS 1 open 2 liveVouchers 3 endedVouchers 4 book 5 requests, one for each issuance
-- ARGV 1 the book's id 2 for each issuance four: its member of the index, how long its commandId is still known, ms, or '' for ever, '' when it has ended, or else how old the entry has to be, ms, and the voucher's member of its index, or ''
-- Answers: unavailable
-- Effects: the entries are gone, and vouchers that live are in their issuers' index; a request expires when the issuance's data does, and says when that has ended
-- @include steps/read-clock
-- @include lib/open-member
-- @include lib/request-form

local open, liveVouchers, endedVouchers = KEYS[1], KEYS[2], KEYS[3]
local books, bookId = { KEYS[4] }, ARGV[1]
local requests = { unpack(KEYS, 5) }
local entries = { unpack(ARGV, 2) }
-- @include steps/check-book

for position, request in ipairs(requests) do
  local member, known, leastAge, voucher = unpack(entries, 4 * position - 3, 4 * position)
  local indexedAt, partition = string.match(member, OPEN_MEMBER_PARTS)
  -- A request may be on its way to make what is not there yet; how long ago it began, this server's clock says.
  if indexedAt and (leastAge == '' or now - indexedAt >= tonumber(leastAge)) then
    redis.call('ZREM', open, member)
    -- One that has ended does not live again.
    if voucher ~= '' and not redis.call('ZSCORE', endedVouchers, voucher) then
      redis.call('ZADD', liveVouchers, 0, voucher)
    end
    local stored, own = redis.call('GET', request), string.format(REQUEST, partition, indexedAt)
    if leastAge == '' and (not stored or stored == own or stored == own .. ':ended') then
      redis.call('SET', request, own .. ':ended')
      stored = own
    end
    -- Another entry's request is not this one's to end.
    if stored == own and known ~= '' then redis.call('PEXPIRE', request, known) end
  end
end
return reply('done')
