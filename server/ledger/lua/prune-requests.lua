-- Takes issuances that have ended, or that were never made, out of their issuers' index.
-- KEYS 1 open 2 requested 3 liveVouchers 4 endedVouchers 5 book 6 requests, one for each issuance
-- ARGV 1 the book's id 2 for each issuance five: its member of the index, how long its commandId is still known, ms, or '' for ever, '' when it has ended, or else how old the entry has to be, ms, the voucher's member of its index, or '', and the issuer where the entry is the issuer's, or ''
-- Answers: unavailable
-- Effects: the entries are gone, and vouchers that live are in their issuers' index; a request expires when the issuance's data does, and says when that has ended
-- @include steps/read-clock
-- @include lib/open-member
-- @include lib/request-form

local open, requested, liveVouchers, endedVouchers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local books, bookId = { KEYS[5] }, ARGV[1]
local requests = { unpack(KEYS, 6) }
local entries = { unpack(ARGV, 2) }
-- @include steps/check-book

for position, request in ipairs(requests) do
  local member, known, leastAge, voucher, issuer = unpack(entries, 5 * position - 4, 5 * position)
  local indexedAt, partition = string.match(member, OPEN_MEMBER_PARTS)
  -- A request may be on its way to make what is not there yet; how long ago it began, this server's clock says.
  if indexedAt and (leastAge == '' or now - indexedAt >= tonumber(leastAge)) then
    -- It makes room for others of the issuer's (OPEN_PER_ISSUER).
    if redis.call('ZREM', open, member) == 1 and issuer ~= '' and redis.call('HINCRBY', requested, issuer, -1) <= 0 then
      redis.call('HDEL', requested, issuer)
    end
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
