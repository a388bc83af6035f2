-- (retiring): a voucher that has ended and is paid out leaves the store together with its issuance, since the archive has both.
-- KEYS 1 voucher 2 issuance 3 deadlines 4 liveVouchers 5 endedVouchers 6 undone 7 fences 8 retired 9 book
-- ARGV 1 id of the voucher 2 digest of its first event 3 version 4 digest of that, as the archive has them
-- ARGV 5 version of the issuance 6 digest of that 7 when the voucher ended, ms 8 how long after that it stays, ms
-- ARGV 9 how long the issuance's commandId is remembered from now on, ms 10 the book's id
-- Answers: unavailable
-- Effects: both are gone, and the payer's entry; the commandId is remembered; replies 'done', also where they were gone before, or 'kept' and why
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/issuance
-- @include lib/open-member

local key, issuanceKey, deadlines, liveVouchers, endedVouchers = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local undone, fences, retired, books = KEYS[6], KEYS[7], KEYS[8], { KEYS[9] }
local id, first, version, digest = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local issuanceVersion, issuanceDigest, endedAt, stays = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local remembered, bookId = ARGV[9], ARGV[10]
-- @include steps/check-book

local voucher, firstLine = loadVoucher(key, '1')
local issuance = loadIssuance(issuanceKey)
local issuanceId = string.sub(id, 2)
-- An id whose commandId was forgotten may have begun anew.
local isIt = voucher and string.sub(firstLine or '', 1, 12) == first
if isIt then
  if voucher.version ~= version or voucher.digest ~= digest then return reply('kept', 'differs') end
  if not VOUCHER_ENDS[voucher.state] or voucher.pending + voucher.remaining > 0 then return reply('kept', voucher.state) end
  if not issuance or issuance.version ~= issuanceVersion or issuance.digest ~= issuanceDigest then
    return reply('kept', 'differs')
  end
  if isFenced(voucher) or isFenced(issuance) then return reply('kept', 'fenced') end
  if redis.call('ZSCORE', fences, id) or redis.call('ZSCORE', fences, issuanceId) then return reply('kept', 'fenced') end
  if redis.call('ZSCORE', undone, id) then return reply('kept', 'undone') end
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local facet = string.sub(field, 1, 2)
    -- A party has shown more than there is.
    if facet == 'k:' then return reply('kept', 'stopped') end
    if facet == 'z:' and string.sub(redis.call('HGET', key, field), 1, 8) ~= 'settled|' then return reply('kept', 'unsettled') end
  end
  if now - endedAt < stays then return reply('kept', 'early') end
  local member = string.format(OPEN_MEMBER, voucher.payer, integer(voucher.issuedAt), id)
  redis.call('DEL', key, issuanceKey)
  redis.call('ZREM', deadlines, id, issuanceId)
  redis.call('ZREM', liveVouchers, member)
  redis.call('ZREM', endedVouchers, member)
end
if isIt or not issuance then redis.call('SET', retired, '1', 'PX', remembered) end
return reply('done')
