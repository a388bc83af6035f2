-- issuance:check: whether the store has what a terminal was told of an issuance.
-- KEYS 1 issuance
-- ARGV 1 party 2 seen, a version 3 digest of that version
-- Answers: not_found
-- Effects: none; replies 'known', 'ahead' when the terminal knows more, 'gone' when there is no such issuance at all
-- @include lib/issuance

local key = KEYS[1]
local party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3]

local issuance, isThorough = loadIssuance(key), true
if not issuance then return reply('gone') end
if party ~= issuance.issuer and party ~= issuance.payer then return reject('not_found') end
local record = issuance
-- @include steps/compare-seen
return reply(isAhead and 'ahead' or 'known')
