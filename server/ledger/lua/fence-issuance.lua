-- (issuance:sync): a terminal knows more than the store, so the issuance is fenced until an operator decides. What goes
-- forward is stopped; either side can still end it, and so can its deadline.
-- KEYS 1 issuance 2 journal 3 fences
-- ARGV 1 id 2 party 3 seen, a version 4 digest of that version, or '' 5 '1' where the party's quota has room, or ''
-- Answers: not_found, conflict
-- Effects: issuance.fenced and fence.listed in the journal, unless it is fenced or the claim was decided about before
-- Effects: the fence is listed where the quota has room
-- @include steps/read-clock
-- @include lib/issuance
-- @include lib/decided
-- @include lib/list-fence

local key, journal, fences = KEYS[1], KEYS[2], KEYS[3]
local id, party, seen, seenDigest, isListed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] ~= ''

local issuance, decided = loadIssuance(key, 'd')
if not issuance or (party ~= issuance.issuer and party ~= issuance.payer) then return reject('not_found') end
local stored = integer(issuance.version)
local record, isThorough = issuance, true
-- @include steps/compare-seen
if not isAhead then return reject('conflict', stored) end
if tonumber(seen) > MAX_VERSION then return redis.error_reply('ASSERT version out of bounds: ' .. seen) end
local role, other = 'issuer', issuance.payer
if party ~= issuance.issuer then role, other = 'payer', issuance.issuer end
if isFenced(issuance) then
  -- It may have been beyond the quota of whoever showed it first.
  if isListed then listFence(fences, journal, id, role, tonumber(string.match(issuance.fence, '%d+$'))) end
  return reply('done', stored, 'fenced', '')
end
if string.find(decided or '', string.format(DECIDED_CLAIM, seen, seenDigest), 1, true) then
  return reply('done', stored, 'decided', '')
end

local claim = table.concat({ seen, seenDigest, role, integer(now) }, '|')
redis.call('HSET', key, 'q', 'fenced|' .. claim)
-- It stays until it is decided, also when it had ended.
redis.call('PERSIST', key)
redis.call('XADD', journal, '*', 'id', id, 'event', 'issuance.fenced', 'by', role, 'version', seen,
  'digest', seenDigest, 'stored', stored, 'at', integer(now))
if isListed then listFence(fences, journal, id, role, now) end
return reply('done', stored, 'new', other ~= party and other or '')
