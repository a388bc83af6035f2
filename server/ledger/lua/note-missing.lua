-- (issuance:check, issuance:sync, voucher:sync): a terminal was told of an issuance or a voucher that is not in the store at
-- all, so it waits for an operator in the list of fences.
-- KEYS 1 record 2 missing 3 journal 4 fences 5 book
-- ARGV 1 id 2 party 3 seen, a version 4 digest of that version 5 the book's id
-- Answers: unavailable, conflict
-- Effects: issuance.missing or voucher.missing in the journal and the list, unless it waits or the claim was decided about before
-- @include steps/read-clock
-- @include lib/number
-- @include lib/missing

local key, missing, journal, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local books, bookId = { KEYS[5] }, ARGV[5]
-- @include steps/check-book

if redis.call('EXISTS', key) == 1 then return reject('conflict') end
local waiting, _, version, digest = string.match(redis.call('GET', missing) or '', MISSING)
if waiting == 'open' then return reply('done', 'known') end
if waiting == 'decided' and version == seen and digest == seenDigest then return reply('done', 'decided') end
local isVoucher = string.sub(id, 1, 1) == 'v'
local most = isVoucher and MAX_VOUCHER_VERSION or MAX_VERSION
if tonumber(seen) > most then return redis.error_reply('ASSERT version out of bounds: ' .. seen) end

redis.call('SET', missing, table.concat({ 'open', party, seen, seenDigest, integer(now) }, '|'))
redis.call('ZADD', fences, now, id)
redis.call('XADD', journal, '*', 'id', id, 'event', isVoucher and 'voucher.missing' or 'issuance.missing', 'by', party,
  'version', seen, 'digest', seenDigest, 'at', integer(now))
return reply('done', 'new')
