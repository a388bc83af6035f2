-- issuance:sync: the record as it stands and the events after a version.
-- KEYS 1 issuance 2 events
-- ARGV 1 party, or '' for an operator 2 after, a version, or '' for no events 3 digest of that version, or ''
-- Answers: not_found
-- Effects: none; replies 'ahead' when its reader knows more than the store, 'due' when its deadline has passed unnoticed
-- @include lib/claim

local issuanceKey, eventsKey = KEYS[1], KEYS[2]
local party, after, digest = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local issuance = load(issuanceKey)
if not issuance.v or (party ~= '' and party ~= issuance.i and party ~= issuance.p) then return refuse('not_found') end
if after and isAhead(eventsKey, issuance, after, digest) then return { 'ahead', issuance.v } end
local due = issuance.d and now >= tonumber(issuance.d) and not isFenced(issuance)
local reply = tell({ 'done', due and 'due' or '' }, issuance)
for _, line in ipairs(after and redis.call('LRANGE', eventsKey, after, -1) or {}) do
  reply[#reply + 1] = line
end
return reply
