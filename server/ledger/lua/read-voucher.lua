-- voucher:sync: the voucher's terms and its log.
-- KEYS 1 voucher
-- ARGV 1 party, or '' for an operator 2 seen, a version, or '' 3 digest of that version, or ''
-- Answers: not_found
-- Effects: none; says 'gone' of one that is not there and not just another's; replies 'ahead' when its reader knows
-- Effects: more than the store, 'due' when time has brought something that is not done yet
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/log

local key = KEYS[1]
local party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3]

local voucher = loadVoucher(key)
if not voucher then return reject('not_found', 'gone') end
if party ~= '' and not roleOf(voucher, party) then return reject('not_found') end
local record, isThorough = voucher, true
-- @include steps/compare-seen
if isAhead then return reply('ahead', integer(voucher.version), voucher.digest) end
local isDue = voucher.nextAt and now >= voucher.nextAt
return reply('done', isDue and 'due' or '', voucher.offer, eventsOf(key, 0, voucher.version))
