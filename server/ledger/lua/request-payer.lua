-- payer:request: the issuer asks a party to be payer; to oneself it starts in agreed (claims 2 and 7).
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 proposed 6 book 7 retired
-- KEYS 8 request, in the issuer's partition 9 open, in the issuer's partition 10 requested, in the issuer's partition
-- KEYS 11 book, in the issuer's partition 12 untouched, in the beneficiary's partition
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- ARGV 10 payer 11 amount, minor units 12 currency 13 memo or '' 14 review 15 respondWithin, ms
-- ARGV 16 payer's partition 17 beneficiary, or '' when it is the issuer 18 validFor, seconds 19 approval or ''
-- ARGV 20 indexedAt, ms, when index-request was run before, or ''; then there are seven KEYS
-- ARGV 21 what index-request found, or '' 22 how many untouched vouchers were found with it, or ''
-- ARGV 23 salt of the digests, used when the issuance is made now 24 the book's id
-- ARGV 25 OPEN_PER_PAIR 26 OPEN_PER_ISSUER 27 UNTOUCHED_PER_PAIR
-- Answers: unavailable, conflict, too_many_open
-- Effects: payer.requested, now proposed or agreed; a conflict says 'retired' where what the commandId made has left the store
-- @rule payer:request
-- @include steps/read-command
-- @include lib/amount
-- @include lib/count-of
-- @include lib/index-request
-- @include lib/open-member
-- @include lib/pair-member

local payer, amount, currency, memo, review = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local respondWithin, partition, beneficiary, validFor, approval = ARGV[15], ARGV[16], ARGV[17], ARGV[18], ARGV[19]
local indexedAt, indexed, untouchedFound, salt = ARGV[20], ARGV[21], ARGV[22], ARGV[23]
local proposed, retired, request, issuersOpen, requested = KEYS[5], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local untouched = KEYS[12]
local books, bookId = { KEYS[6], KEYS[11] }, ARGV[24]
local mostPerPair, mostPerIssuer, mostUntouched = ARGV[25], ARGV[26], ARGV[27]
-- @include steps/check-book

local isIndexed, hasEnded, isFull = indexedAt ~= '', indexed == 'ended', indexed == 'full'
if not isIndexed then
  local refused
  indexedAt, hasEnded, refused = findRequest(request, partition)
  if refused then return refused end
  isFull = not indexedAt and countRequested(requested, party) >= tonumber(mostPerIssuer)
  indexedAt = indexedAt or integer(now)
end

-- Whoever has an issuance of this id already has used the commandId for it.
if issuance and not (storedAnswer and party == issuance.issuer) then return reject('conflict', 'commandId') end
-- @include steps/replay
-- What it made has left the store: the commandId makes no second one. Where there is an archive, that knows the answer.
if hasEnded or redis.call('EXISTS', retired) == 1 then return reject('conflict', 'commandId', 'retired') end
if payer ~= party and countOf(proposed, payer .. ':' .. party) >= tonumber(mostPerPair) then
  return reject('too_many_open', 'OPEN_PER_PAIR ' .. mostPerPair)
end
if isFull then return reject('too_many_open', 'OPEN_PER_ISSUER ' .. mostPerIssuer) end
if beneficiary ~= '' then
  local count = tonumber(untouchedFound) or countOf(untouched, beneficiary .. ':' .. party)
  if count >= tonumber(mostUntouched) then return reject('too_many_open', 'UNTOUCHED_PER_PAIR ' .. mostUntouched) end
end
local wrong = misfit('amount', amount, 1, MAX_AMOUNT)
if wrong then return wrong end

local state = payer == party and 'agreed' or 'proposed'
if state == 'proposed' then wait = respondWithin end
issuance = {
  offer = reply(party, payer, amount, currency, memo, review, integer(now), indexedAt, beneficiary, validFor,
    approval, salt),
  issuer = party, payer = payer, indexedAt = indexedAt,
  -- The first event's digest follows this one.
  version = 0, digest = '000000000000', changes = '0', kind = '', last4 = '',
}
if not isIndexed then writeRequest(request, issuersOpen, requested, id, party, partition, indexedAt) end
redis.call('ZADD', open, 0, string.format(OPEN_MEMBER, payer, indexedAt, id))
if state == 'proposed' then redis.call('ZADD', proposed, 0, string.format(PAIR_MEMBER, payer, party, id)) end
local event = {
  type = 'payer.requested',
  by = 'issuer',
  state = state,
  set = { 'o', issuance.offer },
  -- Without the times that the event's own says.
  journal = {
    'offer', reply(party, payer, amount, currency, memo, review, '', indexedAt ~= integer(now) and indexedAt or '',
      beneficiary, validFor, approval, salt),
  },
}
-- @include steps/finish
