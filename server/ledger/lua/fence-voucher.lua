-- (voucher:sync, issuance:check, settlement): somebody knows more of a voucher than the store. A terminal's claim stops its
-- own party's commands on it, and no payment; once a second party, or a payment that was made for another past, bears it
-- out, nothing goes on until an operator decides.
-- KEYS 1 voucher 2 deadlines 3 journal 4 fences
-- ARGV 1 id 2 party, or '' where a payment shows it 3 seen, a version 4 digest of that version, or ''
-- ARGV 5 '1' where the party's quota has room, or ''
-- Answers: not_found, conflict
-- Effects: voucher.stopped, voucher.fenced and fence.listed in the journal, unless it is so or the claim was decided about
-- Effects: before; listed where the quota has room; replies with the store's version and 'stopped', 'fenced', 'known' or 'decided'
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/fence
-- @include lib/decided
-- @include lib/list-fence

local key, deadlines, journal, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, party, seen, seenDigest, isListed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] ~= ''

local voucher, shown, decided = loadVoucher(key, 'k:' .. party, 'd')
if not voucher then return reject('not_found') end
local role = 'hub'
if party ~= '' then
  role = roleOf(voucher, party)
  if not role then return reject('not_found') end
  if tonumber(seen) > MAX_VOUCHER_VERSION then return redis.error_reply('ASSERT version out of bounds: ' .. seen) end
end
local stored = integer(voucher.version)
local record, isThorough = voucher, true
-- @include steps/compare-seen
if party ~= '' and not isAhead then return reject('conflict', stored) end
if string.find(decided or '', string.format(DECIDED_CLAIM, seen, seenDigest), 1, true) then
  return reply('done', stored, 'decided')
end
if isListed then listFence(fences, journal, id, role, now) end
if isFenced(voucher) then return reply('done', stored, 'known') end

local claim = table.concat({ seen, seenDigest, role, integer(now) }, '|')
local isBorneOut = party == ''
for _, other in ipairs({ voucher.issuer, voucher.payer, voucher.beneficiary }) do
  if other ~= party and redis.call('HGET', key, 'k:' .. other) then isBorneOut = true end
end
if not shown and party ~= '' then
  redis.call('HSET', key, 'k:' .. party, claim)
  redis.call('XADD', journal, '*', 'id', id, 'event', 'voucher.stopped', 'by', role, 'version', seen,
    'digest', seenDigest, 'stored', stored, 'at', integer(now))
end
if not isBorneOut then return reply('done', stored, shown and 'known' or 'stopped') end
redis.call('HSET', key, 'q', 'fenced|' .. claim)
-- What time would bring about waits, until the decision arms it anew.
redis.call('ZREM', deadlines, id)
redis.call('XADD', journal, '*', 'id', id, 'event', 'voucher.fenced', 'by', role, 'version', seen,
  'digest', seenDigest, 'stored', stored, 'at', integer(now))
return reply('done', stored, 'fenced', voucher.issuer, voucher.payer, voucher.beneficiary)
