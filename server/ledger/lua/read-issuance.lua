-- issuance:sync: the record as it stands and the events after a version.
-- KEYS 1 issuance 2 events
-- ARGV 1 party, or '' for an operator 2 after, a version
-- Answers: not_found
-- Effects: none; replies 'due' when its deadline has passed unnoticed
-- @include lib/issuance

local issuanceKey, eventsKey = KEYS[1], KEYS[2]
local party, after = ARGV[1], tonumber(ARGV[2])

local issuance = load(issuanceKey)
if not issuance.v or (party ~= '' and party ~= issuance.i and party ~= issuance.p) then return refuse('not_found') end
local due = issuance.d and now >= tonumber(issuance.d)
local reply = tell({ 'done', due and 'due' or '' }, issuance)
for _, line in ipairs(redis.call('LRANGE', eventsKey, after, -1)) do
  reply[#reply + 1] = line
end
return reply
