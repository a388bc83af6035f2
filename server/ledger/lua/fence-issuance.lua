-- (issuance:sync): a terminal knows more than the store, so the issuance is fenced until an operator decides.
-- KEYS 1 issuance 2 deadlines 3 journal 4 fences
-- ARGV 1 id 2 party 3 seen, a version 4 digest of that version, or ''
-- Answers: not_found, conflict
-- Effects: issuance.fenced in the journal, unless it is fenced or was decided before; its deadline is disarmed
-- @include steps/read-clock
-- @include lib/issuance
-- @include lib/decided

local key, deadlines, journal, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, party, seen, seenDigest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local issuance, seenLine, decided = loadIssuance(key, seen, 'd')
if not issuance or (party ~= issuance.issuer and party ~= issuance.payer) then return reject('not_found') end
local stored = integer(issuance.version)
-- @include steps/compare-seen
if not isAhead then return reject('conflict', stored) end
if tonumber(seen) > MAX_VERSION then return redis.error_reply('ASSERT version out of bounds: ' .. seen) end
local isDecided = string.find(decided or '', string.format(DECIDED_CLAIM, seen, seenDigest), 1, true)
if isFenced(issuance) or isDecided then return reply('done', stored, '') end

local role = party == issuance.issuer and 'issuer' or 'payer'
local claim = table.concat({ seen, seenDigest, role, integer(now) }, '|')
redis.call('HSET', key, 'q', 'fenced|' .. claim)
redis.call('ZREM', deadlines, id)
redis.call('ZADD', fences, now, id)
-- It stays until it is decided, also when it had ended.
redis.call('PERSIST', key)
redis.call('XADD', journal, '*', 'id', id, 'event', 'issuance.fenced', 'by', role, 'version', seen,
  'digest', seenDigest, 'stored', stored)
return reply('done', stored, 'new')
