-- payer:request: the issuer asks a party to be payer; to oneself it starts in agreed (claims 2 and 7).
-- KEYS 1 issuance 2 events 3 deadlines 4 open 5 journal
-- KEYS 6 request, in the issuer's partition 7 open, in the issuer's partition
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- ARGV 8 payer 9 amount, minor units 10 currency 11 memo or '' 12 review 13 respondWithin, ms
-- ARGV 14 payer's partition 15 indexedAt, ms, when index-request was run before; then there are five KEYS
-- Answers: conflict
-- Effects: payer.requested, now proposed or agreed
-- @rule payer:request
-- @include lib/command
-- @include lib/index-request

local payer, amount, currency, memo, review = ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local respondWithin, partition, indexedAt = tonumber(ARGV[13]), ARGV[14], ARGV[15]

if not indexedAt then
  local refused
  indexedAt, refused = indexRequest(KEYS[6], KEYS[7], id, party, partition)
  if refused then return refused end
end

local issuance = load(keys.issuance)
if issuance.v then
  local stored = party == issuance.i and redis.call('HGET', keys.issuance, memoryOf(issuance))
  if not stored then return refuse('conflict', 'commandId') end
  return again(issuance, stored)
end
if ifVersion ~= '' then return refuse('conflict', '0') end
local minor = tonumber(amount)
if not minor or minor < 1 or minor > 9007199254740991 or minor % 1 ~= 0 then
  return redis.error_reply('ASSERT amount out of bounds: ' .. amount)
end

local state = payer == party and 'agreed' or 'proposed'
if state == 'proposed' then wait = respondWithin end
local record = {
  i = party, p = payer, a = amount, c = currency, r = review, g = '0', t = integer(now), x = indexedAt,
}
if memo ~= '' then record.m = memo end
for field, value in pairs(record) do issuance[field] = value end
redis.call('ZADD', keys.open, 0, indexed(payer, issuance, id))
return done(issuance, {
  type = 'payer.requested',
  by = 'issuer',
  state = state,
  set = record,
  journal = { 'issuer', party, 'payer', payer, 'amount', amount, 'currency', currency, 'review', review, 'memo', memo },
})
