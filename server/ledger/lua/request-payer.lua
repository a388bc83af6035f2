-- payer:request: the issuer asks a party to be payer; to oneself it starts in agreed (claims 2 and 7).
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- KEYS 5 request, in the issuer's partition 6 open, in the issuer's partition
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- ARGV 8 payer 9 amount, minor units 10 currency 11 memo or '' 12 review 13 respondWithin, ms
-- ARGV 14 payer's partition 15 indexedAt, ms, when index-request was run before, or ''; then there are four KEYS
-- ARGV 16 what index-request found, or ''
-- Answers: conflict
-- Effects: payer.requested, now proposed or agreed
-- @rule payer:request
-- @include steps/read-command
-- @include lib/index-request
-- @include lib/open-member

local payer, amount, currency, memo, review = ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local respondWithin, partition, indexedAt, indexed = ARGV[13], ARGV[14], ARGV[15], ARGV[16]
local request, issuersOpen = KEYS[5], KEYS[6]

local isIndexed, hasEnded = indexedAt ~= '', indexed == 'ended'
if not isIndexed then
  local refused
  indexedAt, hasEnded, refused = findRequest(request, partition)
  if refused then return refused end
  indexedAt = indexedAt or integer(now)
end

-- Whoever has an issuance of this id already has used the commandId for it.
if issuance and not (storedAnswer and party == issuance.issuer) then return reject('conflict', 'commandId') end
-- @include steps/replay
-- What it made has left the store: the commandId makes no second one.
if hasEnded then return reject('conflict', 'commandId') end
if ifVersion ~= '' then return reject('conflict', '0') end
local minor = tonumber(amount)
if not minor or minor < 1 or minor > 9007199254740991 or minor % 1 ~= 0 then
  return redis.error_reply('ASSERT amount out of bounds: ' .. amount)
end

local state = payer == party and 'agreed' or 'proposed'
if state == 'proposed' then wait = respondWithin end
issuance = {
  offer = reply(party, payer, amount, currency, memo, review, integer(now), indexedAt),
  issuer = party, payer = payer, indexedAt = indexedAt,
  -- The first event's digest follows this one.
  version = 0, digest = '000000000000', changes = '0', kind = '', last4 = '',
}
if not isIndexed then writeRequest(request, issuersOpen, id, party, partition, indexedAt) end
redis.call('ZADD', open, 0, string.format(OPEN_MEMBER, payer, indexedAt, id))
local event = {
  type = 'payer.requested',
  by = 'issuer',
  state = state,
  set = { 'o', issuance.offer },
  journal = { 'issuer', party, 'payer', payer, 'amount', amount, 'currency', currency, 'review', review, 'memo', memo },
}
-- @include steps/finish
