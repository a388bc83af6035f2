-- issuance:sync: the record as it stands and the events after a version.
-- KEYS 1 issuance
-- ARGV 1 party, or '' for an operator 2 seen, the version after which events are wanted, or '' for none
-- ARGV 3 digest of that version, or ''
-- Answers: not_found
-- Effects: none; says 'gone' of one that is not there and not just another's; replies 'ahead' when its reader knows
-- Effects: more than the store, 'due' when its deadline has passed
-- @include steps/read-clock
-- @include lib/issuance
-- @include lib/log

local key = KEYS[1]
local party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3]

local issuance, isThorough = loadIssuance(key), true
if not issuance then return reject('not_found', 'gone') end
if party ~= '' and party ~= issuance.issuer and party ~= issuance.payer then return reject('not_found') end
local record = issuance
-- @include steps/compare-seen
if isAhead then return reply('ahead', integer(issuance.version), issuance.state, issuance.digest) end
local due = issuance.deadline and now >= issuance.deadline
local events = seen ~= '' and eventsOf(key, tonumber(seen), issuance.version)
return reply('done', due and 'due' or '', issuance.offer, issuance.standing, events or nil)
