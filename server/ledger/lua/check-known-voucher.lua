-- issuance:check: whether the store has what a terminal was told of a voucher.
-- KEYS 1 voucher
-- ARGV 1 party 2 seen, a version 3 digest of that version
-- Answers: not_found
-- Effects: none; replies 'known', 'ahead' when the terminal knows more, 'gone' when there is no such voucher at all
-- @include lib/voucher

local key = KEYS[1]
local party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3]

local voucher, isThorough = loadVoucher(key), true
if not voucher then return reply('gone') end
if not roleOf(voucher, party) then return reject('not_found') end
local record = voucher
-- @include steps/compare-seen
return reply(isAhead and 'ahead' or 'known')
